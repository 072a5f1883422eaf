/** `iopath show`: the table of an earlier run again, and its files. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { ExitStatus } from "@iopath/contract";
import { openLoopFileAt, readOpenLoop } from "../../open-loop/report/json.ts";
import { formatMarkdown } from "../../present/markdown.ts";
import { openLoopMarkdown } from "../../present/open-loop/markdown.ts";
import { formatOpenLoop } from "../../present/open-loop/table.ts";
import { writeSearches } from "../../present/open-loop/write.ts";
import { paper, type Screen, screenOf } from "../../present/terminal/screen.ts";
import { formatTable } from "../../present/terminal/table.ts";
import { loadJournal, loadRun, placeOfRun } from "../../run/earlier-run.ts";
import { writeResults } from "../../run/write-results.ts";
import type { ShowPlan } from "../plan.ts";

export async function performShow({ place, markdown, rewrite }: ShowPlan): Promise<number> {
  const searches = openLoopFileAt(place);
  if (searches !== undefined) return showSearches(searches, { markdown, rewrite });
  if (rewrite) await rewriteResults(place);
  process.stdout.write(showRun(place, { markdown, screen: screenOf(process.stdout) }));
  return 0;
}

/** @param file its open-loop.json */
function showSearches(file: string, { markdown, rewrite }: Omit<ShowPlan, "does" | "place">) {
  const found = readOpenLoop(file);
  if (rewrite) writeSearches(dirname(file), found);
  const text = markdown ? openLoopMarkdown(found) : formatOpenLoop(found.rows, found.latencies);
  process.stdout.write(`${text}\n`);
  return ExitStatus.ok;
}

interface ShowOptions {
  readonly markdown?: boolean;
  readonly screen?: Screen;
}

/** @param place a folder of results, published or not, a journal, or a results.json */
export function showRun(place: string, { markdown, screen = paper }: ShowOptions): string {
  const { run, rows, notes } = loadRun(place);
  if (markdown) return formatMarkdown(rows, run);
  return [formatTable(rows, screen), ...notes.map((note) => `note: ${note}`), ""].join("\n");
}

/**
 * Writes all files of a run from its journal: one that was cut, or an older version, lacks some.
 */
async function rewriteResults(place: string): Promise<void> {
  const journal = loadJournal(place);
  const found = placeOfRun(place);
  const folder = statSync(found).isDirectory() ? found : dirname(found);
  await writeResults(folder, { run: journal.run, events: [...journal.events] });
}
