/** Where a frame's instructions go: what the tester alone takes, and what the path adds to it. */
import * as Plot from "@observablehq/plot";
import { max } from "simple-statistics";
import { testerOnly } from "../../paths/all.ts";
import { isReference } from "../../rows/derive.ts";
import { type Group, nameOf } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { formatFigure } from "../number-format.ts";
import { colorOf, type Figure } from "./figure.ts";
import { type CellLine, cellLines, linesOf } from "./lines.ts";
import { linesFigure } from "./lines-figure.ts";
import { linearAxis } from "./scale.ts";

/**
 * Differences of medians of one size and window. Exact enough to subtract, since instructions
 * repeat; times don't, and are left alone. A path whose tester is another (one with a stand-in) is
 * left out.
 */
export function instructionsFigure(group: Group, rows: readonly Row[], slug: string) {
  const tester = rows.find(({ path }) => path === testerOnly)?.p50;
  const paths = rows.filter((row) => row.path !== testerOnly && row.p50 !== null && !row.stand_in);
  if (group.first.clock !== "instructions" || !tester || paths.length === 0) return undefined;
  return draw(group, paths, tester, slug);
}

function draw(group: Group, paths: readonly Row[], tester: number, slug: string): Figure {
  const lines = linesOf(paths);
  const ofReference = paths.find(isReference)?.p50;
  const share = ({ p50 }: Row) =>
    ofReference ? `${Math.round((100 * (p50! - tester)) / (ofReference - tester))} %` : "";
  return linesFigure({
    text: {
      slug: `instructions-${slug}`,
      title: `Where a frame's instructions go (${group.label})`,
      description: describe(paths, tester),
    },
    lines,
    axis: linearAxis(max(paths.map(({ p50 }) => p50!))),
    marginRight: 150,
    marks: barMarks(cellLines(lines), tester),
    columns: [
      { heading: "tester", at: 46, text: () => formatFigure(tester), quiet: true },
      { heading: "path", at: 92, text: ({ p50 }) => formatFigure(p50! - tester) },
      { heading: "of ref.", at: 148, text: share, quiet: true },
    ],
  });
}

/** The tester in outline, the path full. */
function barMarks(cells: readonly CellLine[], tester: number): Plot.Markish[] {
  const inset = { insetTop: 5, insetBottom: 5, y: "id" } as const;
  const quiet = "var(--quiet)";
  return [
    Plot.barX(cells, {
      ...inset,
      x1: 0,
      x2: tester,
      fill: quiet,
      fillOpacity: 0.15,
      stroke: quiet,
    }),
    Plot.barX(cells, {
      ...inset,
      x1: tester,
      x2: ({ row }: CellLine) => row.p50,
      fill: ({ path }: CellLine) => colorOf(path),
    }),
  ];
}

function describe(rows: readonly Row[], tester: number): string {
  const cells = rows.map((row) => `${nameOf(row)} ${formatFigure(row.p50! - tester)}`);
  return (
    `Instructions per frame. The tester alone takes ${formatFigure(tester)}; ` +
    `beyond that, ${cells.join(", ")}.`
  );
}
