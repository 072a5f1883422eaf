/** The baseline: what each cell cost at some revision, as a CSV that lives in the repository. */
import { existsSync } from "node:fs";
import { dirname, join, parse, resolve } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { readIfThere } from "@iopath/native";
import { stringify } from "csv-stringify/sync";
import { z } from "zod";
import { askGit } from "../environment/git.ts";
import { makeFolder, writeWhole } from "../files/files.ts";
import {
  type BaselineRow,
  baselineRowSchema,
  gateRowSchema,
  toBaselineRow,
} from "./counted/gate-row.ts";
import { parseRows, readSource, refusal } from "./read-rows.ts";

const root = resolve(import.meta.dirname, "../../..");
const folder = "results/baseline";
const remedy = "`iopath baseline update` writes a new one";

export interface Baseline {
  /** "results/baseline/guest-instructions.csv at 1d2db6e0c1aa" */
  readonly name: string;
  readonly rows: readonly BaselineRow[];
  /** The text of a file in the folder beside it, which has its name; undefined if not there. */
  readonly beside: (name: string) => string | undefined;
}

/** Named for what comparable figures share, not for what changes with each update. */
export function baselineFile({ place, clock }: { place: string; clock: string }): string {
  return join(folder, `${place}-${clock}-${process.arch}.csv`);
}

/** The path of a file of the project, wherever the command was called. */
export function resolveBaseline(file: string): string {
  return resolve(root, file);
}

/**
 * @param chosen a file, a revision of git that has the file, or undefined: the file as it is here
 */
export function loadBaseline(chosen: string | undefined, file: string): Baseline {
  if (chosen === undefined) {
    if (existsSync(resolveBaseline(file))) return readBaseline(resolveBaseline(file), file);
    throw new IopathError(ExitStatus.input, `there is no baseline: no ${file}`, { remedy });
  }
  if (existsSync(chosen)) return readBaseline(chosen, chosen);
  return readRevision(chosen, file);
}

function readBaseline(place: string, name: string): Baseline {
  const { text, source } = readSource(place, remedy);
  const beside = (file: string) => readIfThere(join(folderBeside(source.name), file));
  return { name, rows: parseBaseline(text, source.name), beside };
}

/** Of files that belong to a baseline: "a/b.csv" → "a/b". */
export function folderBeside(file: string): string {
  const { dir, name } = parse(file);
  return join(dir, name);
}

function readRevision(revision: string, file: string): Baseline {
  const commit = git(
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${revision}^{commit}`,
  );
  if (commit === undefined) {
    const message = `--baseline ${revision}: neither a file nor a revision of git`;
    throw new IopathError(ExitStatus.input, message, {
      remedy: "a shallow clone has few revisions: `git fetch --unshallow` brings the others",
    });
  }
  const name = `${file} at ${commit.trim().slice(0, 12)}`;
  // "./": the project may be a folder of a larger repository.
  const show = (path: string) => git("show", "--end-of-options", `${commit.trim()}:./${path}`);
  const text = show(file);
  const beside = (other: string) => show(join(folderBeside(file), other));
  if (text !== undefined) return { name, rows: parseBaseline(text, name), beside };
  throw new IopathError(ExitStatus.input, `there is no baseline: no ${name}`, { remedy });
}

function git(...args: string[]): string | undefined {
  const answer = askGit(root, args);
  return answer.ok ? answer.out : undefined;
}

/** The number of rows of the file: a file that was cut between two lines shows it. */
const wholeColumn = "baseline_rows";

const stored = z.object({
  ...baselineRowSchema.shape,
  [wholeColumn]: z.number().int().positive(),
});

/** Reads what `formatBaseline` wrote, or the results.csv of a run. */
export function parseBaseline(text: string, name: string): BaselineRow[] {
  const source = { name, remedy };
  const [head = ""] = text.split("\n", 1);
  if (!head.includes(wholeColumn)) {
    return parseRows(text, gateRowSchema, source).flatMap((row) => toBaselineRow(row) ?? []);
  }
  const rows = parseRows(text, stored, source);
  const whole = rows[0]![wholeColumn];
  if (rows.length !== whole) throw refusal(source, `was cut: ${rows.length} of ${whole} rows`);
  return rows.map(({ [wholeColumn]: _, ...row }) => row);
}

/**
 * One line per cell, in an order that does not depend on the run, so that a diff shows changes.
 */
export function formatBaseline(rows: readonly BaselineRow[]): string {
  const sorted = rows.toSorted((a, b) => (a.cell < b.cell ? -1 : 1));
  const columns = Object.keys(stored.shape);
  const records = sorted.map((row) => ({ ...row, [wholeColumn]: rows.length }));
  return stringify(records, { header: true, columns, escape_formulas: true });
}

/** The old file stays as it was until the new one is whole on the disk. */
export function writeBaseline(file: string, rows: readonly BaselineRow[]): void {
  makeFolder(dirname(file));
  writeWhole(file, formatBaseline(rows));
}
