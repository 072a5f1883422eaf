/** What a frame costs: p50 with its spread from p10 to p90, and the speed-up, one line a cell. */
import * as Plot from "@observablehq/plot";
import { max } from "simple-statistics";
import type { Row } from "../row.ts";
import { reference } from "../rows.ts";
import {
  colorOf,
  drawFigure,
  type Figure,
  labelWidth,
  leftColumn,
  rowHeight,
  symbolOf,
} from "./figure.ts";
import { formatFigure, formatRatio, nameOf, type Panel, type Size } from "./groups.ts";

/** A figure of more lines than these is none that anybody reads; the table has them all. */
export const sizesShownMax = 8;

interface Line {
  readonly id: string;
  readonly label: string;
  readonly row?: Row;
}

type CellLine = Line & { readonly row: Row };

export function costFigure(panel: Panel): Figure {
  const sizes = panel.sizes.slice(0, sizesShownMax);
  const lines = sizes.flatMap(linesOf).slice(1);
  const cells = lines.filter((line): line is CellLine => line.row !== undefined);
  const measured = cells.filter(({ row }) => row.p50 !== null);
  const { unit } = panel.group.first;
  return drawFigure(
    {
      slug: `cost-${panel.slug}`,
      title: `Cost of a frame, ${panel.label} (${panel.group.label})`,
      description: describe(sizes, unit),
    },
    {
      height: lines.length * rowHeight + 28,
      marginLeft: labelWidth,
      marginRight: 124,
      marginTop: 4,
      marginBottom: 24,
      x: { domain: [0, highestOf(panel) * 1.04], label: null, ticks: 3, tickSize: 0 },
      y: { type: "band", domain: lines.map(({ id }) => id), axis: null, padding: 0 },
      marks: [
        Plot.gridX({ ticks: 3, stroke: "var(--line)", strokeOpacity: 1 }),
        ...referenceMarks(sizes),
        ...figureMarks(measured),
        ...textMarks(lines, cells, unit),
      ],
    },
  );
}

/** The same scale for all panels of a group, so that they can be held against each other. */
function highestOf({ group }: Panel): number {
  const highest = group.rows.flatMap(({ p50, p90 }) => (p50 === null ? [] : [p90 ?? p50]));
  return highest.length > 0 ? Math.max(1, max(highest)) : 1;
}

function linesOf({ frameBytes, rows }: Size): Line[] {
  const cells = rows.map((row) => ({ id: row.cell, label: nameOf(row), row }));
  const blank = { id: `before ${frameBytes}`, label: "" };
  return [blank, { id: `heading ${frameBytes}`, label: `${frameBytes}-byte frames` }, ...cells];
}

/** A dashed line down from the reference, so that the eye sees what is left and right of it. */
function referenceMarks(sizes: readonly Size[]): Plot.Markish[] {
  const spans = sizes.flatMap(({ rows }) => {
    const x = rows.find(isReference)?.p50;
    return x ? [{ x, from: rows[0]!.cell, to: rows.at(-1)!.cell }] : [];
  });
  const style = { stroke: "var(--quiet)", strokeDasharray: "2,3" };
  return [Plot.link(spans, { x1: "x", x2: "x", y1: "from", y2: "to", ...style })];
}

function isReference({ path, variant }: Row): boolean {
  return path === reference.path && variant === reference.variant;
}

function figureMarks(cells: readonly CellLine[]): Plot.Markish[] {
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
    Plot.dot(cells, {
      y: "id",
      x: ({ row }: CellLine) => row.p50,
      fill: color,
      symbol: ({ row }: CellLine) => symbolOf(row.path),
      r: 4.5,
    }),
  ];
}

function textMarks(
  lines: readonly Line[],
  cells: readonly CellLine[],
  unit: string,
): Plot.Markish[] {
  const right = { y: "id", frameAnchor: "right", textAnchor: "end" } as const;
  const headingLines = lines.filter(({ row, label }) => !row && label);
  const missing = cells.filter(({ row }) => row.p50 === null);
  const quiet = { fill: "var(--quiet)" };
  return [
    Plot.text(headingLines, { y: "id", text: "label", fontWeight: "600", ...leftColumn }),
    Plot.text(cells, { y: "id", text: "label", ...leftColumn }),
    Plot.text(cells, {
      ...right,
      text: ({ row }: CellLine) => number(row.p50),
      dx: 58,
      ...tabular,
    }),
    Plot.text(cells, {
      ...right,
      text: ({ row }: CellLine) => formatRatio(row.speedup_over_reference),
      dx: 124,
      ...tabular,
      ...quiet,
    }),
    Plot.text(headingLines.slice(0, 1), { ...right, text: () => unit, dx: 58, ...quiet }),
    Plot.text(headingLines.slice(0, 1), { ...right, text: () => "speed-up", dx: 124, ...quiet }),
    Plot.text(missing, {
      y: "id",
      frameAnchor: "left",
      textAnchor: "start",
      text: ({ row }: CellLine) => row.status,
      dx: 6,
      fontStyle: "italic",
      ...quiet,
    }),
  ];
}

const tabular = { fontVariant: "tabular-nums" };

function number(value: number | null): string {
  return value === null ? "–" : formatFigure(value);
}

function describe(sizes: readonly Size[], unit: string): string {
  const parts = sizes.map(({ frameBytes, rows }) => {
    const cells = rows.map((row) => {
      if (row.p50 === null) return `${nameOf(row)} ${row.status}`;
      const ratio = formatRatio(row.speedup_over_reference);
      return `${nameOf(row)} ${formatFigure(row.p50)}${ratio && ` (${ratio})`}`;
    });
    return `${frameBytes}-byte frames: ${cells.join(", ")}.`;
  });
  return `Median in ${unit}, speed-up over the reference in brackets. ${parts.join(" ")}`;
}
