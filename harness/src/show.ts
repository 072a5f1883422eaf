/** `iopath show`: an earlier run again, from its journal. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { type JournalEvent, type RunEvent, readJournal } from "./journal.ts";
import { formatMarkdown } from "./markdown.ts";
import { journalName } from "./output/files.ts";
import type { Row } from "./row.ts";
import { deriveRows } from "./rows.ts";
import { formatTable } from "./table.ts";

export interface EarlierRun {
  readonly run: RunEvent;
  readonly events: JournalEvent[];
  readonly rows: readonly Row[];
}

/**
 * @param place a folder of results, or a journal
 * @throws IopathError, exit status 5, when there is no run, or none of this version
 */
export function loadRun(place: string): EarlierRun {
  const isFolder = statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
  const file = isFolder ? join(place, journalName) : place;
  if (!existsSync(file)) {
    throw new IopathError(ExitStatus.input, `there is no run to read: no ${file}`, {
      remedy: "iopath run measures one; --out names its folder",
    });
  }
  const { run, events } = readJournal(file);
  return { run, events, rows: deriveRows({ run, events }) };
}

export function showRun(place: string, { markdown = false, color = false }): string {
  const { run, rows } = loadRun(place);
  return markdown ? formatMarkdown(rows, run) : `${formatTable(rows, color)}\n`;
}
