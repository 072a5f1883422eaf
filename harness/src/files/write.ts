/** Writes the rows and samples of a run in all the forms that other tools read. */
import { join } from "node:path";
import type { Journal } from "../journal/journal.ts";
import type { Row } from "../rows/row.ts";
import { collectSamples } from "../rows/samples.ts";
import { actionBenchmarkName, toActionBenchmark } from "./action-benchmark.ts";
import { bencherName, toBencher } from "./bencher.ts";
import {
  type DataFile,
  dataPackage,
  longTable,
  packageName,
  resultsTable,
  samplesTable,
  wideTable,
} from "./data-package.ts";
import { environmentName, journalName, type Written, writeWhole } from "./files.ts";
import { hdrLogName, writeHdrLog } from "./hdr-log.ts";
import { metricsName, toOpenMetrics } from "./open-metrics.ts";
import { csvName, longCsvName, toCsv, toLongCsv, toWideCsv, wideCsvName } from "./results-csv.ts";
import { type RunHead, resultsJsonName, toResultsJson } from "./results-json.ts";
import { samplesName, writeSamplesCsv } from "./samples-csv.ts";

type Journaled = Pick<Journal, "events" | "run">;

/** Needs the journal in the folder: samples are read from there one trial at a time. */
export async function writeForMachines(
  folder: string,
  journal: Journaled,
  rows: readonly Row[],
): Promise<void> {
  const { run } = journal;
  const at = (name: string) => join(folder, name);
  const samples = await writeSamplesCsv(at(journalName), at(samplesName));
  const tables = Object.values(tablesOf(rows));
  writeTables(folder, run, { tables, samples: { path: samplesName, ...samples } });
  writeWhole(at(resultsJsonName), toResultsJson(run, rows));
  writeWhole(at(environmentName), json(run.environment));
  writeHdrLog(at(hdrLogName), run, { rows, samples: collectSamples(journal) });
  writeWhole(at(metricsName), toOpenMetrics(rows));
  writeWhole(at(bencherName), json(toBencher(rows)));
  writeWhole(at(actionBenchmarkName), json(toActionBenchmark(rows)));
}

/** A CSV file of the rows, and what the data package says of it. */
interface Table extends Pick<DataFile, "name" | "title" | "schema"> {
  readonly path: string;
  readonly text: string;
}

/** The rows in each of their shapes. */
export function tablesOf(rows: readonly Row[]): Record<"rows" | "long" | "wide", Table> {
  const wide = "Medians, one column per path and variant";
  return {
    rows: {
      path: csvName,
      name: "results",
      title: "One row per cell",
      text: toCsv(rows),
      schema: resultsTable(),
    },
    long: {
      path: longCsvName,
      name: "results-long",
      title: "One row per figure",
      text: toLongCsv(rows),
      schema: longTable(),
    },
    wide: {
      path: wideCsvName,
      name: "results-wide",
      title: wide,
      text: toWideCsv(rows),
      schema: wideTable(rows),
    },
  };
}

/**
 * Writes the tables, and the data package of them and of the samples, which are in the folder
 * already.
 */
export function writeTables(
  folder: string,
  run: RunHead,
  { tables, samples }: { tables: readonly Table[]; samples: Written & { readonly path: string } },
): void {
  const files = tables.map(({ text, ...about }) => ({
    ...about,
    ...writeWhole(join(folder, about.path), text),
  }));
  const about = { name: "samples", title: "Every sample", schema: samplesTable };
  const resources: DataFile[] = [...files, { ...about, ...samples }];
  writeWhole(join(folder, packageName), json(dataPackage(run, resources)));
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
