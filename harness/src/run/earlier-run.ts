/**
 * A run that was made earlier: from its journal, or, where it was published, from its rows and
 * samples.
 */

import { closeSync, existsSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { ExitStatus, IopathError } from "@iopath/contract";
import { parse } from "csv-parse/sync";
import { journalName } from "../files/files.ts";
import { readResults } from "../files/read-results.ts";
import { resultsJsonName, type StoredRun } from "../files/results-json.ts";
import { sampleColumns, samplesName } from "../files/samples-csv.ts";
import type { JournalEvent, RunEvent } from "../journal/events.ts";
import { storedRun } from "../journal/events.ts";
import { readJournal } from "../journal/journal.ts";
import { requireRegularFile } from "../journal/regular-file.ts";
import { cellToday } from "../paths/earlier-names.ts";
import { deriveRows } from "../rows/derive.ts";
import type { Row } from "../rows/row.ts";
import { collectSamples, type SamplesByCell } from "../rows/samples.ts";

export interface EarlierRun {
  readonly run: StoredRun;
  readonly rows: readonly Row[];
  /** Every sample, read when asked for; of a published run whose samples are not there, none. */
  samples(): SamplesByCell;
  /** What a reader should know of how it was read, in sentences. */
  readonly notes: readonly string[];
}

export interface JournaledRun extends Omit<EarlierRun, "run"> {
  readonly run: RunEvent;
  readonly events: readonly JournalEvent[];
  /** The file that all of it was read from. */
  readonly journal: string;
}

/**
 * @param named a folder of results, a journal, a results.json, or another file of a run's folder
 * @throws IopathError, exit status 5, when there is no run, or one that this version can't read
 */
export function loadRun(named: string): EarlierRun {
  const place = placeOfRun(named);
  const isFolder = isFolderAt(place);
  const [journal, results] = isFolder
    ? [join(place, journalName), join(place, resultsJsonName)]
    : [place, place];
  if (isFolder ? existsSync(journal) : !place.endsWith(".json")) {
    const journaled = loadJournal(place);
    return { ...journaled, run: storedRun(journaled.run) };
  }
  if (!existsSync(results)) throw noRun(isFolder ? journal : place);
  return loadPublished(results);
}

function isFolderAt(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The folder of a file such as results.csv, from which alone no run can be read. */
export function placeOfRun(named: string): string {
  const isOurs = /\.jsonl?$/.test(named) || !existsSync(named) || isFolderAt(named);
  if (isOurs || isJson(named)) return named;
  const folder = dirname(named);
  const names = [journalName, resultsJsonName];
  if (names.some((name) => existsSync(join(folder, name)))) return folder;
  throw new IopathError(ExitStatus.input, `${named} is no journal and no ${resultsJsonName}`, {
    remedy: `name the folder of a run, its ${journalName} or its ${resultsJsonName}`,
  });
}

/** A journal may have any name; it is lines of JSON. */
function isJson(file: string): boolean {
  requireRegularFile(file);
  const fd = openSync(file, "r");
  try {
    const first = Buffer.alloc(1);
    return readSync(fd, first) === 1 && first.toString() === "{";
  } finally {
    closeSync(fd);
  }
}

/** A run with all that happened in it: published runs have no journal any more. */
export function loadJournal(named: string): JournaledRun {
  const found = placeOfRun(named);
  // Its rows are not all that happened: the journal that they were derived from lies beside it.
  const place = basename(found) === resultsJsonName ? dirname(found) : found;
  const isFolder = isFolderAt(place);
  const file = isFolder ? join(place, journalName) : place;
  if (!existsSync(file)) throw noRun(file);
  const { events } = readJournal(file);
  const run = events[0] as RunEvent;
  return {
    run,
    events,
    journal: file,
    rows: deriveRows({ run, events }),
    samples: () => collectSamples({ run, events }),
    notes: isFolder ? strayResults(place, run) : [],
  };
}

function noRun(file: string): IopathError {
  return new IopathError(ExitStatus.input, `there is no run to read: no ${file}`, {
    remedy: "iopath run measures one; --out names its folder",
  });
}

/**
 * A run that was cut before it wrote its files leaves those of the run before it beside its
 * journal.
 */
function strayResults(folder: string, { runId }: RunEvent): string[] {
  const file = join(folder, resultsJsonName);
  if (!existsSync(file)) return [];
  const other = /"runId": "([^"]*)"/.exec(readFileSync(file, "utf8").slice(0, 400))?.[1];
  if (other === undefined || other === runId) return [];
  return [
    `${folder} holds files of two runs: this is ${runId}, of the journal; ${file} is of ${other}`,
  ];
}

function loadPublished(file: string): EarlierRun {
  const { run, rows, notes } = readResults(file);
  return { run, rows, notes, samples: () => readSamples(join(file, ".."), rows) };
}

/** Ascending within a trial, as they were written. */
function readSamples(folder: string, rows: readonly Row[]): SamplesByCell {
  const lines = readSampleLines(folder);
  const byCell = Map.groupBy(lines, ([cell]) => cell!);
  const known = rows.filter(({ cell }) => byCell.has(cell));
  return new Map(
    known.map(({ cell }) => {
      const byRound = Map.groupBy(byCell.get(cell)!, ([, round]) => round);
      const trials = [...byRound.values()].map((trial) =>
        trial.map(([, , , value]) => Number(value)),
      );
      return [cell, trials];
    }),
  );
}

function readSampleLines(folder: string): string[][] {
  const names = [`${samplesName}.gz`, samplesName];
  const name = names.find((candidate) => existsSync(join(folder, candidate)));
  if (!name) return [];
  const file = join(folder, name);
  try {
    const bytes = readFileSync(file);
    const text = name.endsWith(".gz") ? gunzipSync(bytes) : bytes;
    const [head, ...lines] = parse(text) as string[][];
    if (head?.join() === sampleColumns.join()) {
      return lines.map(([cell, ...rest]) => [cellToday(cell!), ...rest]);
    }
  } catch (cause) {
    throw new IopathError(
      ExitStatus.input,
      `${file} was cut or changed: ${(cause as Error).message}`,
      { cause },
    );
  }
  throw new IopathError(ExitStatus.input, `${file} does not begin with ${sampleColumns.join()}`);
}
