/** `iopath compare`: runs side by side, as text and as a page. */
import { eachKernelOf } from "../../compare/by-kernel.ts";
import { compareRuns } from "../../compare/compare.ts";
import { comparisonPage } from "../../compare/page.ts";
import { comparisonMarkdown, formatComparison } from "../../compare/text.ts";
import { writeWhole } from "../../files/files.ts";
import { loadRun } from "../../run/earlier-run.ts";
import type { ComparePlan } from "../plan.ts";

export function performCompare({ places, markdown, page, by }: ComparePlan): number {
  const runs = places.map(loadRun);
  const comparison = compareRuns(by === "kernel" ? runs.flatMap(eachKernelOf) : runs);
  const text = markdown ? comparisonMarkdown(comparison) : formatComparison(comparison);
  process.stdout.write(`${text}\n`);
  if (page !== undefined) {
    writeWhole(page, comparisonPage(comparison));
    process.stderr.write(`written: ${page}\n`);
  }
  return 0;
}
