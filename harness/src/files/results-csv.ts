/**
 * The rows as CSV in three shapes: RFC 4180, numbers with a point and no grouping, nothing where
 * there is no figure.
 */
import { conditions } from "../rows/conditions.ts";
import { columns, type Row, rowSchema } from "../rows/row.ts";
import { CsvLines } from "./csv.ts";
import { measures } from "./measures.ts";

export const csvName = "results.csv";
export const longCsvName = "results-long.csv";
export const wideCsvName = "results-wide.csv";

/** One row per cell, one column per figure: the rows as they are. */
export function toCsv(rows: readonly Row[]): string {
  for (const row of rows) rowSchema.parse(row); // a bug of ours would be published otherwise
  const csv = new CsvLines();
  const lines = rows.map((row) => csv.line(columns.map((name) => row[name])));
  return csv.line(columns) + lines.join("");
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

/** One row per figure: cell, measure, unit, value; a missing figure has no row. */
export function toLongCsv(rows: readonly Row[]): string {
  const csv = new CsvLines();
  const parts = rows.map((row) => {
    const name = csv.fields(names.map((column) => row[column]));
    return measures.map(({ name: measure, unit }) => {
      const value = row[measure];
      return value === null ? "" : `${name},${measure},${unit || row.unit},${value}\r\n`;
    });
  });
  return csv.line(longColumns) + parts.flat().join("");
}

/**
 * One row for what may be set side by side, one column per path and variant with its median: what a
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
  const csv = new CsvLines();
  return [[...wideConditions, ...subjects], ...lines].map((line) => csv.line(line)).join("");
}

export const wideConditions = ["run_id", ...conditions] as const;

/** In the order of the alphabet, so that a narrower run's columns stand in the same order. */
export function wideSubjects(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(subjectOf))].sort();
}

function subjectOf({ path, variant }: Row): string {
  return `${path}/${variant}`;
}
