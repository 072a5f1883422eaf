/** The rows as CSV in three shapes: RFC 4180, numbers with a point and no grouping, nothing where there is no figure. */
import { type Options, stringify } from "csv-stringify/sync";
import { columns, type Row, rowSchema } from "../row.ts";
import { conditions, measures } from "./roles.ts";

export const csvName = "results.csv";
export const longCsvName = "results-long.csv";
export const wideCsvName = "results-wide.csv";

/** A field that a spreadsheet would take for a formula gets an apostrophe before it. */
export const csvOptions = { record_delimiter: "windows", escape_formulas: true } satisfies Options;

/** One row a cell, one column a figure: the rows as they are. */
export function toCsv(rows: readonly Row[]): string {
  for (const row of rows) rowSchema.parse(row); // a fault of ours would be published otherwise
  return stringify(rows as Row[], { ...csvOptions, header: true, columns });
}

/** What names a figure in the long form, before the figure's own three columns. */
const names = [
  "run_id",
  "cell",
  "path",
  "variant",
  ...conditions.filter((n) => n !== "unit"),
] as const;
export const longColumns = [...names, "measure", "unit", "value"] as const;

/** One row a figure: cell, measure, unit, value; a figure that there is not has no row. */
export function toLongCsv(rows: readonly Row[]): string {
  const head = stringify([[...longColumns]], csvOptions);
  const parts = rows.map((row) => {
    // What names the cell is quoted once; measure, unit and number never need it.
    const name = stringify([names.map((column) => row[column])], csvOptions).slice(0, -2);
    return measures.map(({ name: measure, unit }) => {
      const value = row[measure];
      return value === null ? "" : `${name},${measure},${unit || row.unit},${value}\r\n`;
    });
  });
  return head + parts.flat().join("");
}

/**
 * One row for what may be set side by side, one column a path and variant with its median: what a
 * spreadsheet draws without a pivot table.
 */
export function toWideCsv(rows: readonly Row[]): string {
  const subjects = wideSubjects(rows);
  const keyed = Map.groupBy(rows, (row) => JSON.stringify(conditions.map((name) => row[name])));
  const lines = [...keyed.values()].map((members) => {
    const first = members[0]!;
    const medians = new Map(members.map((row) => [subjectOf(row), row.p50]));
    return [
      first.run_id,
      ...conditions.map((name) => first[name]),
      ...subjects.map((subject) => medians.get(subject) ?? null),
    ];
  });
  return stringify([[...wideConditions, ...subjects], ...lines], csvOptions);
}

export const wideConditions = ["run_id", ...conditions] as const;

/** In the order of the alphabet, so that a narrower run's columns stand in the same order. */
export function wideSubjects(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(subjectOf))].sort();
}

function subjectOf({ path, variant }: Row): string {
  return `${path}/${variant}`;
}
