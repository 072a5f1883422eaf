/** What a run of searches leaves: rows, latencies, and each trial. */
import { join } from "node:path";
import { CsvLines, type Field } from "../../files/csv.ts";
import { environmentName, writeWhole } from "../../files/files.ts";
import { metricsName } from "../../files/open-metrics.ts";
import { json } from "../../files/write.ts";
import type { SearchRunEvent } from "../run/events.ts";
import { type OpenLoopRun, openLoopJsonName, toOpenLoopJson } from "./json.ts";
import { openLoopMetrics } from "./metrics.ts";
import {
  type LatencyRow,
  latencyColumns,
  type SearchRow,
  searchColumns,
  trialColumns,
} from "./row.ts";
import { type TracedAttempt, trialRowsOf } from "./rows-of.ts";

const searchCsvName = "open-loop.csv";
const latencyCsvName = "open-loop-latency.csv";
const trialsCsvName = "open-loop-trials.csv";

export interface OpenLoopResults {
  readonly run: SearchRunEvent;
  readonly rows: readonly SearchRow[];
  readonly latencies: readonly LatencyRow[];
  readonly attempts: readonly TracedAttempt[];
}

/** What is shown and published of it. */
export function openLoopRunOf({ run, rows, latencies, attempts }: OpenLoopResults): OpenLoopRun {
  const { runId, startedAt, environment, cells, ground } = run;
  return {
    run: { runId, startedAt, environment, cells, notes: ground.notes },
    rows: [...rows],
    latencies: [...latencies],
    trials: trialRowsOf(run, attempts),
  };
}

/** @throws IopathError, exit status 6, when a file can't be written */
export function writeOpenLoop(folder: string, found: OpenLoopRun): void {
  const { run, rows, latencies, trials } = found;
  const write = (name: string, text: string) => writeWhole(join(folder, name), text);
  write(openLoopJsonName, toOpenLoopJson(found));
  write(searchCsvName, toCsv(searchColumns, rows));
  write(latencyCsvName, toCsv(latencyColumns, latencies));
  write(trialsCsvName, toCsv(trialColumns, trials));
  write(metricsName, openLoopMetrics(found));
  write(environmentName, json(run.environment));
}

function toCsv<Column extends string>(
  columns: readonly Column[],
  rows: readonly Readonly<Record<Column, Field>>[],
): string {
  const csv = new CsvLines();
  const lines = rows.map((row) => csv.line(columns.map((name) => row[name])));
  return csv.line(columns) + lines.join("");
}
