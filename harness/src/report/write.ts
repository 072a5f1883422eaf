/** Writes what is derived for eyes and for machines beside the rows, in place of an earlier run's. */
import { createHash } from "node:crypto";
import { createReadStream, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Journal } from "../journal.ts";
import { csvName, journalName, writeWhole } from "../output.ts";
import type { Row } from "../row.ts";
import { type DataFile, dataPackage } from "./data-package.ts";
import { toOpenMetrics } from "./open-metrics.ts";
import { buildReport } from "./page.ts";
import { writeSamplesCsv } from "./samples-csv.ts";

const pageName = "report.html";
const samplesName = "samples.csv";
const metricsName = "metrics.txt";
const packageName = "datapackage.json";
const figureName = /^(cost|samples)-.*\.svg$/;

export function writeReport(
  folder: string,
  journal: Pick<Journal, "events" | "run">,
  rows: readonly Row[],
): void {
  const { page, figures } = buildReport(journal, rows);
  for (const { file, standalone } of figures) writeWhole(join(folder, file), standalone);
  writeWhole(join(folder, pageName), page);
  const current = new Set(figures.map(({ file }) => file));
  for (const name of readdirSync(folder)) {
    if (figureName.test(name) && !current.has(name)) rmSync(join(folder, name));
  }
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
