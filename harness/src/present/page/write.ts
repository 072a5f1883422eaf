/** Writes the page and its figures, in place of an earlier run's. */
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../../files/files.ts";
import type { Journal } from "../../journal/journal.ts";
import type { Row } from "../../rows/row.ts";
import { buildReport, type ReportOptions } from "./page.ts";

const pageName = "report.html";
const figureName = /^(glance|overview|why|(cost|by|cpu|instructions|samples)-.*)\.svg$/;

export function writeReport(
  folder: string,
  journal: Pick<Journal, "events" | "run">,
  rows: readonly Row[],
  options?: ReportOptions,
): void {
  const { page, figures } = buildReport(journal, rows, options);
  for (const { file, standalone } of figures) writeWhole(join(folder, file), standalone);
  writeWhole(join(folder, pageName), page);
  const current = new Set(figures.map(({ file }) => file));
  for (const name of readdirSync(folder)) {
    if (figureName.test(name) && !current.has(name)) rmSync(join(folder, name));
  }
}
