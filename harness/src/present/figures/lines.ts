/** The lines of a figure: a heading for each path, below it a line for each variant. */
import * as Plot from "@observablehq/plot";
import { testerOnly } from "../../paths/all.ts";
import { markedVariant } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { colorOf, labelWidth, leftColumn, quiet, symbolOf, tabular } from "./figure.ts";

export interface Line {
  readonly id: string;
  readonly label: string;
  readonly path: string;
  /** Undefined in a heading. */
  readonly row?: Row;
}

export type CellLine = Line & { readonly row: Row };

/** Paths in the order of their first row, variants in the order of theirs. */
export function linesOf(rows: readonly Row[]): Line[] {
  return [...Map.groupBy(rows, ({ path }) => path)].flatMap(([path, members]): Line[] => {
    const cells = members.map((row) => ({ id: row.cell, label: labelOf(row), path, row }));
    if (path === testerOnly) return cells;
    return [{ id: `heading ${path}`, label: path, path }, ...cells];
  });
}

export function cellLines(lines: readonly Line[]): CellLine[] {
  return lines.filter((line): line is CellLine => line.row !== undefined);
}

/** Where the path is named already. */
function labelOf(row: Row): string {
  return row.path === testerOnly ? testerOnly : markedVariant(row);
}

/** Names at the left edge: the path's mark and name, its variants set in below it. */
export function labelMarks(lines: readonly Line[]): Plot.Markish[] {
  const headings = lines.filter(({ row }) => row === undefined);
  const cells = cellLines(lines);
  const isTester = ({ path }: Line) => path === testerOnly;
  return [
    Plot.dot(headings, {
      y: "id",
      frameAnchor: "left",
      dx: 5 - labelWidth,
      r: 3.5,
      fill: ({ path }: Line) => colorOf(path),
      symbol: ({ path }: Line) => symbolOf(path),
    }),
    Plot.text(headings, {
      ...leftColumn,
      y: "id",
      text: "label",
      dx: 14 - labelWidth,
      fontWeight: "600",
    }),
    Plot.text(
      cells.filter((line) => !isTester(line)),
      { ...leftColumn, y: "id", text: "label", dx: 14 - labelWidth },
    ),
    Plot.text(cells.filter(isTester), { ...leftColumn, y: "id", text: "label" }),
  ];
}

export interface NumberColumn {
  readonly heading: string;
  /** Where its right edge is, in units right of the plot. */
  readonly at: number;
  readonly text: (row: Row) => string;
  readonly quiet?: boolean;
}

/** Columns of numbers right of the plot, with their headings above it. */
export function columnMarks(
  cells: readonly CellLine[],
  columns: readonly NumberColumn[],
): Plot.Markish[] {
  const right = { frameAnchor: "right", textAnchor: "end", ...tabular } as const;
  return columns.flatMap((column) => [
    Plot.text(cells, {
      ...right,
      y: "id",
      dx: column.at,
      text: ({ row }: CellLine) => column.text(row),
      ...(column.quiet ? quiet : {}),
    }),
    Plot.text([column.heading], {
      frameAnchor: "top-right",
      textAnchor: "end",
      dx: column.at,
      dy: -16,
      ...quiet,
    }),
  ]);
}

/** What a cell without a figure says in its place. */
export function missingMarks(cells: readonly CellLine[]): Plot.Markish[] {
  return [
    Plot.text(
      cells.filter(({ row }) => row.p50 === null),
      {
        y: "id",
        frameAnchor: "left",
        textAnchor: "start",
        dx: 6,
        text: ({ row }: CellLine) => row.status,
        fontStyle: "italic",
        ...quiet,
      },
    ),
  ];
}
