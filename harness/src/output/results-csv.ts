/** `results.csv`: one row a cell, RFC 4180, numbers with a point and no grouping, nothing where there is no figure. */
import { type Options, stringify } from "csv-stringify/sync";
import { columns, type Row, rowSchema } from "../row.ts";

export const csvName = "results.csv";

/** A field that a spreadsheet would take for a formula gets an apostrophe before it. */
export const csvOptions = { record_delimiter: "windows", escape_formulas: true } satisfies Options;

export function toCsv(rows: readonly Row[]): string {
  for (const row of rows) rowSchema.parse(row); // a fault of ours would be published otherwise
  return stringify(rows as Row[], { ...csvOptions, header: true, columns });
}
