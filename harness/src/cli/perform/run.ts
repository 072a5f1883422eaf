/** `iopath run`: measures, or goes on with a run that was cut, and prints the table. */
import { ExitStatus } from "@iopath/contract";
import type { Spent } from "../../journal/spent.ts";
import { appendStepSummary } from "../../present/markdown.ts";
import { spentText } from "../../present/spent-text.ts";
import { screenOf } from "../../present/terminal/screen.ts";
import { formatTable } from "../../present/terminal/table.ts";
import { describeCut, run } from "../../run/run.ts";
import type { MeasurePlan, ResumePlan } from "../plan.ts";
import { showRun } from "./show.ts";

export async function performRun(
  plan: MeasurePlan | ResumePlan,
  signal: AbortSignal,
): Promise<number> {
  const { out: folder, waitMinutes } = plan;
  const resume = plan.does === "resume";
  const config = resume ? [] : plan.config;
  try {
    let spent = "";
    const onSpent = (found: Spent) => (spent = `time: ${spentText(found)}\n`);
    const rows = await run({ config, folder, resume, waitMinutes, signal, onSpent });
    const table = () => formatTable(rows, screenOf(process.stdout));
    process.stdout.write(`${plan.json ? JSON.stringify(rows, null, 2) : table()}\n`);
    process.stderr.write(
      `\n${spent}written: ${folder}/report.html, results.csv and environment.json\n`,
    );
    summarize(folder);
    if (plan.does === "measure" && plan.searchesIn !== undefined) tellOfSearches(plan.searchesIn);
    const failed = rows.some(({ status }) => status === "failed");
    return failed ? ExitStatus.cellFailed : ExitStatus.ok;
  } catch (error) {
    if (signal.aborted) process.stderr.write(`${describeCut(error, folder)}\n`);
    throw error;
  }
}

/** Sections that this command leaves out. */
function tellOfSearches(file: string): void {
  const command = `iopath search --config ${file}`;
  process.stderr.write(`not measured here: sections with mode "open-loop"; \`${command}\` does\n`);
}

/** For a CI job that shows a summary. */
function summarize(folder: string): void {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (file) appendStepSummary(showRun(folder, { markdown: true }), file);
}
