/** Cost per frame: p50 with its spread from p10 to p90, and the speed-up, one line per variant. */
import * as Plot from "@observablehq/plot";
import { isReference } from "../../rows/derive.ts";
import { nameOf, type Panel, type Size } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { formatFigure, formatRatio } from "../number-format.ts";
import { colorOf, type Figure, symbolOf } from "./figure.ts";
import { type CellLine, cellLines, linesOf, missingMarks } from "./lines.ts";
import { linesFigure } from "./lines-figure.ts";
import { type CostAxis, costAxis } from "./scale.ts";
import { whiskers } from "./whiskers.ts";

export function costFigure(panel: Panel, size: Size): Figure {
  const lines = linesOf(size.rows);
  const cells = cellLines(lines);
  const measured = cells.filter(({ row }) => row.p50 !== null);
  const { unit } = panel.group.first;
  // The same for all panels of a group, so that they can be held against each other.
  const axis = costAxis(panel.group.rows, 3);
  return linesFigure({
    text: {
      slug: `cost-${panel.slug}-${size.name}`,
      title: `Cost per frame of ${size.label}, ${panel.label} (${panel.group.label})`,
      description: describe(size.rows, unit),
    },
    lines,
    axis,
    marginRight: 118,
    marks: [...referenceMarks(size.rows), ...figureMarks(measured, axis), ...missingMarks(cells)],
    columns: [
      { heading: unit, at: 56, text: ({ p50 }) => number(p50) },
      {
        heading: "speed-up",
        at: 116,
        text: (row) => formatRatio(row.speedup_over_reference),
        quiet: true,
      },
    ],
  });
}

/** A dashed line down from the reference, so that the eye sees what is left and right of it. */
function referenceMarks(rows: readonly Row[]): Plot.Markish[] {
  const found = rows.filter(isReference).flatMap(({ p50 }) => (p50 === null ? [] : [p50]));
  return [Plot.ruleX(found, { stroke: "var(--quiet)", strokeDasharray: "2,3" })];
}

function figureMarks(cells: readonly CellLine[], { domain }: CostAxis): Plot.Markish[] {
  const color = ({ row }: CellLine) => colorOf(row.path);
  return [
    Plot.ruleY(cells, {
      y: "id",
      x1: ({ row }: CellLine) => row.p10,
      x2: ({ row }: CellLine) => row.p90,
      stroke: color,
      strokeWidth: 6,
      strokeOpacity: 0.35,
      strokeLinecap: "round",
    }),
    ...whiskers(cells, {
      y: "id",
      low: ({ row }) => row.p50_low,
      high: ({ row }) => row.p50_high,
      ...{ domain, inset: 6 },
    }),
    Plot.dot(cells, {
      y: "id",
      x: ({ row }: CellLine) => row.p50,
      fill: color,
      symbol: ({ row }: CellLine) => symbolOf(row.path),
      r: 4.5,
    }),
  ];
}

function number(value: number | null): string {
  return value === null ? "–" : formatFigure(value);
}

function describe(rows: readonly Row[], unit: string): string {
  const cells = rows.map((row) => {
    if (row.p50 === null) return `${nameOf(row)} ${row.status}`;
    const ratio = formatRatio(row.speedup_over_reference);
    return `${nameOf(row)} ${formatFigure(row.p50)}${ratio && ` (${ratio})`}`;
  });
  return `Median in ${unit}, speed-up over the reference in brackets: ${cells.join(", ")}.`;
}
