/**
 * The journal of a run: one JSON line per event, each on disk before the next begins.
 * Rows, CSV and table are derived from it, so that a run that was cut can go on where it stopped.
 */

import { ExitStatus, IopathError } from "@iopath/contract";
import {
  type JournalEvent,
  journalEvent,
  lineOf,
  type ProfileEvent,
  type RunEvent,
  type SpentEvent,
  type StepEvent,
} from "./events.ts";
import { LinesFile, parseLine, readLines } from "./lines-file.ts";
import { Outcomes } from "./outcomes.ts";

export class Journal implements Disposable {
  readonly file: string;
  readonly events: JournalEvent[];
  /** Of all events. */
  readonly outcomes: Outcomes;
  readonly #lines: LinesFile;

  private constructor(lines: LinesFile, events: JournalEvent[]) {
    this.file = lines.file;
    this.#lines = lines;
    this.events = events;
    this.outcomes = new Outcomes(events);
  }

  /** A new journal in place of any older one. */
  static create(file: string, run: RunEvent): Journal {
    const journal = new Journal(LinesFile.create(file), []);
    journal.#append(run);
    return journal;
  }

  /** Goes on with a journal; a last line that was cut off is taken away. */
  static resume(file: string): Journal {
    const { events, bytes } = readJournal(file);
    return new Journal(LinesFile.resume(file, bytes), events);
  }

  get run(): RunEvent {
    return this.events[0] as RunEvent;
  }

  append(event: StepEvent | SpentEvent | ProfileEvent): void {
    this.#append(event);
    this.outcomes.add(event);
  }

  #append(event: JournalEvent): void {
    this.#lines.append(lineOf(event));
    this.events.push(event);
  }

  [Symbol.dispose](): void {
    this.#lines[Symbol.dispose]();
  }
}

/** All whole events of a journal, the first of them apart too, and how many bytes they take. */
export function readJournal(file: string): {
  run: RunEvent;
  events: JournalEvent[];
  bytes: number;
} {
  const { lines, bytes } = readLines(file);
  const events = lines.map((line, i) => parseEvent(file, line, i + 1));
  const [run] = events;
  if (run?.event !== "run") {
    throw new IopathError(ExitStatus.input, `${file} does not begin with the run that it is of`);
  }
  const second = events.findIndex(({ event }, i) => i > 0 && event === "run");
  if (second > 0) {
    throw new IopathError(
      ExitStatus.input,
      `${file} holds two runs: line ${second + 1} begins another`,
      {
        remedy:
          "give each run a file of its own; its lines are those up to the next that begins a run",
      },
    );
  }
  return { run, events, bytes };
}

export function parseEvent(file: string, line: string, number: number): JournalEvent {
  return parseLine((value) => journalEvent.parse(value), { file, line, number });
}
