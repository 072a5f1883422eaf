/**
 * `results.json`: run, environment and rows in one text, with a JSON Schema; what a published run
 * is read from again.
 */

import { z } from "zod";
import { environmentSchema } from "../environment/environment.ts";
import { type RunEvent, storedRun } from "../journal/events.ts";
import { type Row, rowSchema } from "../rows/row.ts";

export const resultsJsonName = "results.json";

/** A new number when a field goes or changes its meaning; a new field keeps the number. */
const resultsFormat = "iopath-results-1";

export const resultsSchema = z.strictObject({
  format: z.literal(resultsFormat),
  run: z.strictObject({
    runId: z.string(),
    startedAt: z.iso.datetime(),
    environment: environmentSchema,
    /** The sections as they were asked for; what may be asked for grows from version to version. */
    config: z.array(z.looseObject({})),
    /** Of each section of the config: class and kernel. */
    grounds: z.array(z.looseObject({ class: z.string(), kernel: z.string() })),
    /** Of each workload the hash of its program; older versions did not say. */
    workloads: z.record(z.string(), z.string()).default({}),
  }),
  rows: z.array(rowSchema),
});

/** A run as results.json has it, whichever version wrote it. */
export type StoredRun = Omit<z.infer<typeof resultsSchema>["run"], "config"> & {
  /** By the keys of a config, whichever the version knew. */
  readonly config: readonly { readonly place?: string; readonly [key: string]: unknown }[];
};
/** Which run it was, when, and on which machine. */
export type RunHead = Pick<StoredRun, "runId" | "startedAt" | "environment">;

/** Checked on the way: a bug of ours would be published otherwise. */
export function toResultsJson(event: RunEvent, rows: readonly Row[]): string {
  const { runId, startedAt, environment, config, grounds, workloads } = storedRun(event);
  const run = { runId, startedAt, environment, config, grounds, workloads };
  return `${JSON.stringify(resultsSchema.parse({ format: resultsFormat, run, rows }), null, 1)}\n`;
}

/** The schema that is published in results/schema. */
export function resultsJsonSchema(): object {
  return {
    title: "iopath's results.json: a run, where it was made, and its rows",
    ...z.toJSONSchema(resultsSchema, { target: "draft-2020-12" }),
  };
}
