/** Writes all files of a run of searches; figures take the place of an earlier run's. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../files/files.ts";
import { writeOpenLoop } from "../../open-loop/report/files.ts";
import type { OpenLoopRun } from "../../open-loop/report/json.ts";
import { openLoopReport } from "./page.ts";

const pageName = "open-loop.html";
const figureName = /^(rates|throughput|trace|latency|percentiles)-.*\.svg$/;

/** The page comes last: it takes the longest. */
export function writeSearches(folder: string, found: OpenLoopRun): void {
  writeOpenLoop(folder, found);
  writeOpenLoopReport(folder, found);
}

export function writeOpenLoopReport(folder: string, found: OpenLoopRun): void {
  const { page, figures } = openLoopReport(found);
  for (const { file, standalone } of figures) writeWhole(join(folder, file), standalone);
  writeWhole(join(folder, pageName), page);
  const current = new Set(figures.map(({ file }) => file));
  for (const name of readdirSync(folder)) {
    if (figureName.test(name) && !current.has(name)) rmSync(join(folder, name));
  }
}
