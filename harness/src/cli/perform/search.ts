/** `iopath search`: each variant in a lab of its own, one after the other. */
import { ExitStatus } from "@iopath/contract";
import { makeFolder } from "../../files/files.ts";
import { openLoopRunOf } from "../../open-loop/report/files.ts";
import { runSearches } from "../../open-loop/run/run-searches.ts";
import { SearchMachineHere } from "../../open-loop/run/search-machine.ts";
import { appendStepSummary } from "../../present/markdown.ts";
import { openLoopMarkdown } from "../../present/open-loop/markdown.ts";
import { formatOpenLoop } from "../../present/open-loop/table.ts";
import { showTrials } from "../../present/terminal/trial-lines.ts";
import { holdMachine } from "../../run/machine-lock.ts";
import type { ResumeSearchPlan, SearchPlan } from "../plan.ts";

export async function performSearch(
  plan: SearchPlan | ResumeSearchPlan,
  signal: AbortSignal,
): Promise<number> {
  const { out: folder, waitMinutes } = plan;
  makeFolder(folder);
  using _lock = await holdMachine({ waitMinutes, signal });
  using lines = showTrials();
  try {
    const machine = new SearchMachineHere({ signal, waitMinutes });
    const found = await runSearches({
      ...{ folder, signal, machine, progress: lines },
      searches: plan.does === "search" ? plan.searches : undefined,
      write: async (results) => {
        // Imported here: a process that starts to measure must not load the drawing library.
        const { writeSearches } = await import("../../present/open-loop/write.ts");
        writeSearches(folder, openLoopRunOf(results));
      },
    });
    lines[Symbol.dispose]();
    process.stdout.write(`${formatOpenLoop(found.rows, found.latencies)}\n`);
    process.stderr.write(
      `\nwritten: ${folder}/open-loop.html, open-loop.csv and its other files\n`,
    );
    appendStepSummary(openLoopMarkdown(openLoopRunOf(found)), process.env.GITHUB_STEP_SUMMARY);
    const failed = found.rows.some(({ status }) => status === "failed");
    return failed ? ExitStatus.cellFailed : ExitStatus.ok;
  } catch (error) {
    if (signal.aborted) lines.note(`rows so far are in ${folder}; --resume goes on`);
    throw error;
  }
}
