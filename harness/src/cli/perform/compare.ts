/** `iopath compare`: runs side by side, as text and as a page. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { eachKernelOf } from "../../compare/by-kernel.ts";
import { compareRuns } from "../../compare/compare.ts";
import { comparisonPage } from "../../compare/page.ts";
import { compareSearches, mixedError } from "../../compare/searches.ts";
import {
  formatSearchComparison,
  searchComparisonMarkdown,
  searchComparisonPage,
} from "../../compare/searches-text.ts";
import { comparisonMarkdown, formatComparison } from "../../compare/text.ts";
import { writeWhole } from "../../files/files.ts";
import { openLoopFileAt, readOpenLoop } from "../../open-loop/report/json.ts";
import { loadRun } from "../../run/earlier-run.ts";
import type { ComparePlan } from "../plan.ts";

export function performCompare({ places, markdown, page, by }: ComparePlan): number {
  const searches = places.map(openLoopFileAt);
  if (searches.some((file) => file !== undefined)) {
    return performCompareSearches({ places, searches, markdown, page, by });
  }
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

interface SearchesToCompare extends Omit<ComparePlan, "does"> {
  /** Of each place its open-loop.json; undefined where it is no run of searches. */
  readonly searches: readonly (string | undefined)[];
}

function performCompareSearches({ places, searches, markdown, page, by }: SearchesToCompare) {
  const other = searches.indexOf(undefined);
  if (other >= 0) throw mixedError(places[other]!, searches.find((file) => file !== undefined)!);
  if (by !== undefined) throw byKernelError();
  const comparison = compareSearches(searches.map((file) => readOpenLoop(file!)));
  const text = markdown ? searchComparisonMarkdown(comparison) : formatSearchComparison(comparison);
  process.stdout.write(`${text}\n`);
  if (page !== undefined) {
    writeWhole(page, searchComparisonPage(comparison));
    process.stderr.write(`written: ${page}\n`);
  }
  return ExitStatus.ok;
}

function byKernelError(): IopathError {
  const message = "--by kernel has no effect on searches: they run on this machine's kernel";
  return new IopathError(ExitStatus.usage, message, { remedy: "leave out --by" });
}
