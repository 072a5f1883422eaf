/** `iopath show`: the table of an earlier run again, and its files. */
import { statSync } from "node:fs";
import { dirname } from "node:path";
import { formatMarkdown } from "../present/markdown.ts";
import { paper, type Screen } from "../present/terminal/screen.ts";
import { formatTable } from "../present/terminal/table.ts";
import { loadJournal, loadRun } from "../run/earlier-run.ts";
import { writeResults } from "../run/write-results.ts";

export interface ShowOptions {
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
 * What a run that was cut, or an older version, did not write: all of it anew, from the journal.
 */
export async function rewriteResults(place: string): Promise<void> {
  const journal = loadJournal(place);
  const folder = statSync(place).isDirectory() ? place : dirname(place);
  await writeResults(folder, { run: journal.run, events: [...journal.events] });
}
