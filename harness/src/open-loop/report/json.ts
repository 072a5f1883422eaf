/**
 * `open-loop.json`: a run of searches with its rows, latencies and trials in one text, with a JSON
 * Schema; what `show`, `compare` and `publish` read it from.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { z } from "zod";
import { environmentSchema } from "../../environment/environment.ts";
import { journalName } from "../../files/files.ts";
import { resultsJsonName } from "../../files/results-json.ts";
import { requireRegularFile } from "../../journal/regular-file.ts";
import { searchCellSchema } from "../../matrix/search-cell.ts";
import { latencyRowSchema, searchRowSchema, trialRowSchema } from "./row.ts";

export const openLoopJsonName = "open-loop.json";

/** A new number when a field goes or changes its meaning; a new field keeps the number. */
const format = "iopath-open-loop-1";

const openLoopSchema = z.strictObject({
  format: z.literal(format),
  run: z.strictObject({
    runId: z.string(),
    startedAt: z.iso.datetime(),
    environment: environmentSchema,
    /** What was to be searched for. */
    cells: z.array(searchCellSchema),
    /** What a reader of the figures has to know of the ports. */
    notes: z.array(z.string()),
  }),
  rows: z.array(searchRowSchema),
  latencies: z.array(latencyRowSchema),
  trials: z.array(trialRowSchema),
});

/** A run of searches as it is shown, compared and published. */
export type OpenLoopRun = Omit<z.infer<typeof openLoopSchema>, "format">;

/** Checked on the way: a bug of ours would be published otherwise. */
export function toOpenLoopJson(found: OpenLoopRun): string {
  return `${JSON.stringify(openLoopSchema.parse({ format, ...found }), null, 1)}\n`;
}

/**
 * The file of a run of searches, where a folder has one and no run of another kind, or where it or
 * another file of such a folder is named.
 */
export function openLoopFileAt(named: string): string | undefined {
  const isFolder = statSync(named, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder && basename(named) === openLoopJsonName) return named;
  const isOfSearches = /^open-loop[.-]/.test(basename(named));
  if (!isFolder && !isOfSearches) return undefined;
  const folder = isFolder ? named : dirname(named);
  const file = join(folder, openLoopJsonName);
  if (!existsSync(file)) return undefined;
  const others = [journalName, resultsJsonName].map((name) => join(folder, name));
  return isFolder && others.some((other) => existsSync(other)) ? undefined : file;
}

/** @throws IopathError, exit status 5, that says what can't be read and why */
export function readOpenLoop(file: string): OpenLoopRun {
  requireRegularFile(file);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const what = code ? `can't be read (${code})` : "is no whole JSON text: it was cut or changed";
    throw unreadable(`${file} ${what}`, cause);
  }
  const parsed = openLoopSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const what = `${issue!.path.join(".") || "it"}: ${issue!.message}`;
    throw unreadable(`${file} is no ${openLoopJsonName} of this version: ${what}`, parsed.error);
  }
  const { format: _, ...found } = parsed.data;
  return found;
}

function unreadable(message: string, cause: unknown): IopathError {
  return new IopathError(ExitStatus.input, message, {
    remedy: "`iopath search --resume` writes it again, from the journal of its folder",
    cause,
  });
}

/** The schema that is published in results/schema. */
export function openLoopJsonSchema(): object {
  return {
    title: "iopath's open-loop.json: a run of searches, where it was made, and its rows",
    ...z.toJSONSchema(openLoopSchema, { target: "draft-2020-12" }),
  };
}
