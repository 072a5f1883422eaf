/** Where a frame's instructions go, as profiles have it: a bar per cell, made of kinds. */
import * as Plot from "@observablehq/plot";
import { max } from "simple-statistics";
import { testerOnly } from "../../paths/all.ts";
import { kindCosts, kinds, otherKind } from "../../profile/kinds.ts";
import type { ProfiledCosts } from "../../profile/of-run.ts";
import { type Group, headlinePanels, nameOf } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { formatFigure } from "../number-format.ts";
import { drawFigure, type Figure, figureWidth, labelWidth, rowHeight } from "./figure.ts";
import { cellLines, columnMarks, type Line, labelMarks, linesOf } from "./lines.ts";
import type { Block } from "./picture.ts";
import { costScale, linearAxis } from "./scale.ts";

/** All of a run's in one picture. */
export const whyFile = "why.svg";

const marginTop = 22;
const axisHeight = 24;
const legendLine = 17;
const legendColumns = 2;
const legendHeight = Math.ceil(kinds.length / legendColumns) * legendLine + 12;
const lighter = 0.5;

/** Undefined where none of the rows was profiled. */
export function kindsFigure(
  group: Group,
  rows: readonly Row[],
  slug: string,
  profiles: ProfiledCosts,
): Figure | undefined {
  return kindsOf(group, rows, slug, profiles)?.figure;
}

/** Of the cells with the most frames on the way, of the smallest size. */
export function kindsBlock(group: Group, profiles: ProfiledCosts): Block | undefined {
  const panel = headlinePanels(group).at(-1)!;
  const [size] = panel.sizes;
  const drawn = size && kindsOf(group, size.rows, panel.slug, profiles);
  if (!drawn) return undefined;
  return {
    group,
    ...drawn,
    heading: `${group.first.class} · ${group.where} · ${group.first.unit}`,
    scope: `${size.label} · window ${panel.window}`,
    filter: `${panel.filter} ${size.filter}`,
    width: figureWidth,
  };
}

function kindsOf(group: Group, given: readonly Row[], slug: string, profiles: ProfiledCosts) {
  const rows = given.filter(({ cell, p50 }) => profiles.has(cell) && p50 !== null);
  if (rows.length === 0) return undefined;
  const lines = linesOf(rows);
  const x = costScale(linearAxis(max(rows.map(({ p50 }) => p50!))));
  const tester = rows.find(({ path }) => path === testerOnly)?.p50;
  const height = lines.length * rowHeight + marginTop + axisHeight + legendHeight;
  const text = {
    slug: `instructions-${slug}`,
    title: `Where a frame's instructions go (${group.label})`,
    description: describe(rows, profiles),
  };
  const figure = drawFigure(text, {
    height,
    marginLeft: labelWidth,
    marginRight: tester ? 132 : 54,
    marginTop,
    marginBottom: axisHeight + legendHeight,
    x,
    y: { type: "band", domain: lines.map(({ id }) => id), axis: null, padding: 0 },
    marks: [
      Plot.gridX({ ticks: x.ticks, stroke: "var(--line)", strokeOpacity: 1 }),
      ...barMarks(rows, profiles),
      ...labelMarks(lines as Line[]),
      ...columnMarks(cellLines(lines), [
        { heading: "all", at: 50, text: ({ p50 }) => formatFigure(p50!) },
        ...(tester ? [overTester(tester)] : []),
      ]),
      ...legendMarks(),
    ],
  });
  return { figure, rows, height };
}

function overTester(tester: number) {
  const hasOther = ({ path, stand_in }: Row) => path === testerOnly || stand_in !== "";
  const text = (row: Row) => (hasOther(row) ? "" : formatFigure(row.p50! - tester));
  return { heading: "over tester", at: 130, text, quiet: true };
}

interface Part {
  readonly id: string;
  readonly kind: string;
  readonly from: number;
  readonly to: number;
}

function partsOf({ cell }: Row, profiles: ProfiledCosts): Part[] {
  let to = 0;
  return kindCosts(profiles.get(cell)!.groups).map(({ kind, own }) => {
    const from = to;
    to += own;
    return { id: cell, kind, from, to };
  });
}

function barMarks(rows: readonly Row[], profiles: ProfiledCosts): Plot.Markish[] {
  const parts = rows.flatMap((row) => partsOf(row, profiles));
  // Opacity is of a mark as a whole.
  return [1, lighter].map((fillOpacity) =>
    Plot.barX(
      parts.filter(({ kind }) => opacityOf(kind) === fillOpacity),
      {
        ...{ y: "id", x1: "from", x2: "to", insetTop: 4, insetBottom: 4, insetRight: 0.5 },
        ...{ fill: ({ kind }: Part) => colorOfKind(kind), fillOpacity },
      },
    ),
  );
}

function colorOfKind(kind: string): string {
  return kind === otherKind ? "var(--tester)" : `var(--kind-${kinds.indexOf(kind) >> 1})`;
}

function opacityOf(kind: string): number {
  return kind !== otherKind && kinds.indexOf(kind) % 2 === 1 ? lighter : 1;
}

/** Below the axis: pairs of one colour side by side. */
function legendMarks(): Plot.Markish[] {
  const columnWidth = figureWidth / legendColumns;
  return kinds.flatMap((kind, i) => {
    const dx = (i % legendColumns) * columnWidth - labelWidth;
    const dy = axisHeight + 12 + Math.floor(i / legendColumns) * legendLine;
    const at = { frameAnchor: "bottom-left", dy } as const;
    const square = { symbol: "square", r: 5, fill: colorOfKind(kind) } as const;
    return [
      Plot.dot([kind], { ...at, ...square, dx: dx + 6, fillOpacity: opacityOf(kind) }),
      Plot.text([kind], { ...at, dx: dx + 16, textAnchor: "start", lineAnchor: "middle" }),
    ];
  });
}

function describe(rows: readonly Row[], profiles: ProfiledCosts): string {
  const cells = rows.map((row) => {
    const parts = kindCosts(profiles.get(row.cell)!.groups);
    const named = parts.map(({ kind, own }) => `${kind} ${formatFigure(own)}`);
    return `${nameOf(row)} ${formatFigure(row.p50!)}, of it ${named.join(", ")}`;
  });
  return `Instructions per frame, by what they are for. ${cells.join("; ")}.`;
}
