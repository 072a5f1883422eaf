/**
 * Rows out of a CSV: every error in the file is reported with file, line and column.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { IopathError } from "@iopath/contract";
import { parse } from "csv-parse/sync";
import { z } from "zod";
import { inputError } from "../errors/input-error.ts";
import { csvName } from "../files/results-csv.ts";
import { cellToday } from "../paths/earlier-names.ts";

/** The name of the text for people, and the remedy when it is unusable. */
interface Source {
  readonly name: string;
  readonly remedy: string;
}

/** The text of a file, or of the results.csv in a folder. */
export function readSource(place: string, remedy: string): { text: string; source: Source } {
  try {
    const isFolder = statSync(place).isDirectory();
    const name = isFolder ? join(place, csvName) : place;
    return { text: readFileSync(name, "utf8"), source: { name, remedy } };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw inputError(place, `can't be read (${code ?? cause})`, remedy);
  }
}

type RowSchema<T> = z.ZodType<T> & { readonly shape: Readonly<Record<string, z.core.$ZodType>> };

/**
 * Columns that the schema does not name are left alone, so that a baseline and a run's results.csv
 * are read by one reader.
 *
 * @throws IopathError, exit status 5: no CSV, a line cut off, a column missing, a field of the
 *   wrong kind, a cell twice
 */
export function parseRows<T extends { readonly cell: string }>(
  text: string,
  schema: RowSchema<T>,
  source: Source,
): T[] {
  if (text !== "" && !text.endsWith("\n")) throw refusal(source, "is cut off in its last line");
  const records = parseRecords(text, source);
  const columns = Object.keys(schema.shape);
  const missing = columns.filter((column) => !(column in (records[0] ?? {})));
  if (records.length === 0) throw refusal(source, "holds no rows");
  if (missing.length > 0) throw refusal(source, `has no column ${missing.join(", ")}`);
  const rows = records.map((record, i) => parseRow(record, schema, { ...source, line: i + 2 }));
  refuseTwice(rows, source);
  return rows;
}

function parseRecords(text: string, source: Source): Record<string, string>[] {
  try {
    return parse(text, { columns: true, bom: true });
  } catch (cause) {
    throw refusal(source, `is no whole CSV: ${(cause as Error).message}`);
  }
}

function parseRow<T>(
  record: Record<string, string>,
  schema: RowSchema<T>,
  source: Source & { readonly line: number },
): T {
  const fields = Object.entries(schema.shape).map(([column, kind]) => {
    const field = record[column]!;
    if (column === "cell") return [column, cellToday(field)] as const;
    return [column, isNumeric(kind) ? numberOf(field) : field] as const;
  });
  const parsed = schema.safeParse(Object.fromEntries(fields));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const column = String(issue?.path[0]);
  const told = `has ${column} ${JSON.stringify(record[column])} in line ${source.line}`;
  throw refusal(source, `${told}: ${issue?.message}`);
}

function isNumeric(kind: z.core.$ZodType): boolean {
  return z.safeParse(kind, 1).success;
}

/** An empty field is a missing figure; other text stays text, and the schema refuses it. */
function numberOf(field: string): number | string | null {
  if (field === "") return null;
  const value = Number(field);
  return Number.isNaN(value) ? field : value;
}

function refuseTwice(rows: readonly { readonly cell: string }[], source: Source): void {
  const seen = new Set<string>();
  for (const { cell } of rows) {
    if (seen.has(cell)) throw refusal(source, `holds the cell ${cell} twice`);
    seen.add(cell);
  }
}

export function refusal({ name, remedy }: Source, problem: string): IopathError {
  return inputError(name, problem, remedy);
}
