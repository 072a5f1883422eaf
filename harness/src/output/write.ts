/** All files that are derived from a journal, written anew. */
import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { join } from "node:path";
import type { Journal } from "../journal.ts";
import type { Row } from "../row.ts";
import { deriveRows } from "../rows.ts";
import { type DataFile, dataPackage } from "./data-package.ts";
import { environmentName, journalName, writeWhole } from "./files.ts";
import { toOpenMetrics } from "./open-metrics.ts";
import { csvName, toCsv } from "./results-csv.ts";
import { writeSamplesCsv } from "./samples-csv.ts";

const samplesName = "samples.csv";
const metricsName = "metrics.txt";
const packageName = "datapackage.json";

/** What is derived from the journal in the folder. */
export async function writeResults(
  folder: string,
  journal: Pick<Journal, "events" | "run">,
): Promise<void> {
  const rows = deriveRows(journal);
  writeWhole(join(folder, csvName), toCsv(rows));
  const environment = JSON.stringify(journal.run.environment, null, 2);
  writeWhole(join(folder, environmentName), `${environment}\n`);
  // Imported here, so that the drawing library is no part of a process that starts to measure.
  const { writeReport } = await import("../report/write.ts");
  writeReport(folder, journal, rows);
  await writeForMachines(folder, journal, rows);
}

/** Needs results.csv and the journal in the folder: the data package tells their sizes and digests. */
export async function writeForMachines(
  folder: string,
  { run }: Pick<Journal, "run">,
  rows: readonly Row[],
): Promise<void> {
  await writeSamplesCsv(join(folder, journalName), join(folder, samplesName));
  writeWhole(join(folder, metricsName), toOpenMetrics(rows));
  const files = [
    await describeFile(folder, "results", csvName),
    await describeFile(folder, "samples", samplesName),
  ];
  writeWhole(join(folder, packageName), `${JSON.stringify(dataPackage(run, files), null, 2)}\n`);
}

async function describeFile(
  folder: string,
  name: DataFile["name"],
  path: string,
): Promise<DataFile> {
  const file = join(folder, path);
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return { name, path, bytes: statSync(file).size, sha256: hash.digest("hex") };
}
