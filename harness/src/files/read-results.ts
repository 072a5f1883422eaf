/**
 * Reads `results.json` of this version, an older or a newer one: an unknown column is left out, a
 * missing one is empty, and both are reported; an invalid value is an error.
 */

import { readFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { z } from "zod";
import { environmentSchema } from "../environment/environment.ts";
import { requireRegularFile } from "../journal/regular-file.ts";
import { cellToday, namedToday } from "../paths/earlier-names.ts";
import { columns, type Row, rowSchema } from "../rows/row.ts";
import { resultsSchema, type StoredRun } from "./results-json.ts";

interface ReadResults {
  readonly run: StoredRun;
  readonly rows: Row[];
  /** What was left out or filled in, in sentences. */
  readonly notes: string[];
}

const envelope = z.object({
  format: z.string().regex(/^iopath-results-\d+$/),
  run: z.looseObject({ environment: z.looseObject({}) }),
  rows: z.array(z.record(z.string(), z.unknown())),
});

/** @throws IopathError, exit status 5, that names what can't be read and why */
export function readResults(file: string): ReadResults {
  const found = check(envelope, parseJson(file), `${file} is no results.json of iopath`);
  const run = check(
    z.object(resultsSchema.shape.run.shape),
    { ...found.run, environment: filled(environmentSchema.shape, found.run.environment) },
    `${file} does not tell its run as this version reads it`,
  );
  const missing = columns.filter((name) => found.rows.some((row) => !(name in row)));
  const rows = found.rows.map((row, i) =>
    asToday(
      check(rowSchema, filled(rowSchema.shape, row), `row ${i + 1} of ${file} can't be read`),
    ),
  );
  const strangers = rows.filter((row) => row.run_id !== run.runId);
  if (strangers.length > 0) {
    throw new IopathError(
      ExitStatus.input,
      `${file} holds rows of two runs: ${run.runId} and ${strangers[0]!.run_id}`,
      {
        remedy: "give each run a folder of its own",
      },
    );
  }
  return { run, rows, notes: notesOf(file, missing, unknownColumns(found.rows)) };
}

function asToday(row: Row): Row {
  return namedToday({ ...row, cell: cellToday(row.cell) });
}

function notesOf(file: string, missing: readonly string[], unknown: readonly string[]): string[] {
  return [
    missing.length > 0 && `${file} has no ${missing.join(", ")}: an older version wrote it`,
    unknown.length > 0 &&
      `${file} has ${unknown.join(", ")}, left out here: a newer version wrote it`,
  ].filter((note) => note !== false);
}

function unknownColumns(rows: readonly Record<string, unknown>[]): string[] {
  const known = new Set<string>(columns);
  return [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !known.has(name));
}

/**
 * The fields that a schema knows; one that is missing has the schema's default, or is the first of
 * these that it takes.
 */
const empties = [undefined, null, "", "unknown", 0, false, {}] as const;

function filled(shape: Record<string, z.ZodType>, found: Record<string, unknown>) {
  const entries = Object.entries(shape).map(([name, field]) => {
    if (name in found) return [name, found[name]];
    return [name, empties.find((empty) => field.safeParse(empty).success)];
  });
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function parseJson(file: string): unknown {
  requireRegularFile(file);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what = code ? `can't be read (${code})` : "is no whole JSON text: it was cut or changed";
    throw new IopathError(ExitStatus.input, `${file} ${what}`, {
      remedy: "iopath show on the run's journal.jsonl, if it is there, still reads it",
      cause,
    });
  }
}

function check<T extends z.ZodType>(schema: T, value: unknown, message: string): z.infer<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues
    .slice(0, 3)
    .map((issue) => `${issue.path.join(".") || "it"}: ${issue.message}`);
  throw new IopathError(ExitStatus.input, `${message}: ${problems.join("; ")}`);
}
