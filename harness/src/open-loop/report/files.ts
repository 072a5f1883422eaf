/** What a run of searches leaves: rows, latencies, and each trial. */
import { join } from "node:path";
import { CsvLines, type Field } from "../../files/csv.ts";
import { writeWhole } from "../../files/files.ts";
import type { Attempt } from "../trial.ts";
import {
  type LatencyRow,
  latencyColumns,
  latencyRowSchema,
  type SearchRow,
  searchColumns,
  searchRowSchema,
} from "./row.ts";

const searchCsvName = "open-loop.csv";
const latencyCsvName = "open-loop-latency.csv";
const trialsCsvName = "open-loop-trials.csv";

/** A trial, and which search made it. */
export interface TracedAttempt extends Attempt {
  readonly of: Pick<SearchRow, "path" | "variant" | "frame_bytes" | "search">;
}

interface OpenLoopResults {
  readonly rows: readonly SearchRow[];
  readonly latencies: readonly LatencyRow[];
  readonly attempts: readonly TracedAttempt[];
}

/** @throws IopathError, exit status 6, when a file can't be written */
export function writeOpenLoop(folder: string, { rows, latencies, attempts }: OpenLoopResults) {
  for (const row of rows) searchRowSchema.parse(row); // a bug of ours would be published otherwise
  for (const row of latencies) latencyRowSchema.parse(row);
  writeWhole(join(folder, searchCsvName), toCsv(searchColumns, rows));
  writeWhole(join(folder, latencyCsvName), toCsv(latencyColumns, latencies));
  writeWhole(join(folder, trialsCsvName), toCsv(trialColumns, attempts.map(traceOf)));
}

function toCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, Field>>[],
): string {
  const csv = new CsvLines();
  const lines = rows.map((row) => csv.line(columns.map((name) => row[name])));
  return csv.line(columns) + lines.join("");
}

const trialColumns = [
  ...(["path", "variant", "frame_bytes", "search", "rate_fps", "seconds", "intended"] as const),
  ...(["offered", "forwarded", "reordered", "foreign", "stale", "skipped"] as const),
  ...(["loss_ratio", "invalid"] as const),
] as const;

function traceOf({ of, rate, seconds, trial, verdict }: TracedAttempt) {
  const { intended, offered, forwarded, reordered, foreign, stale, skipped } = trial.counts;
  const isValid = verdict.is === "valid";
  return {
    ...of,
    rate_fps: rate,
    ...{ seconds, intended, offered, forwarded, reordered, foreign, stale, skipped },
    loss_ratio: isValid ? verdict.lossRatio : null,
    invalid: isValid ? "" : verdict.why,
  } satisfies Record<(typeof trialColumns)[number], Field>;
}
