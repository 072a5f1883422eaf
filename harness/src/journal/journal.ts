/**
 * The journal of a run: one JSON line per event, each on disk before the next begins.
 * Rows, CSV and table are derived from it, so that a run that was cut can go on where it stopped.
 */

import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { outputError } from "../errors/output-error.ts";
import {
  type JournalEvent,
  journalEvent,
  lineOf,
  type ProfileEvent,
  type RunEvent,
  type SpentEvent,
  type StepEvent,
} from "./events.ts";
import { Outcomes } from "./outcomes.ts";
import { requireRegularFile } from "./regular-file.ts";

export class Journal implements Disposable {
  readonly file: string;
  readonly events: JournalEvent[];
  /** Of all events. */
  readonly outcomes: Outcomes;
  readonly #fd: number;

  private constructor(file: string, fd: number, events: JournalEvent[]) {
    this.file = file;
    this.#fd = fd;
    this.events = events;
    this.outcomes = new Outcomes(events);
  }

  /** A new journal in place of any older one. */
  static create(file: string, run: RunEvent): Journal {
    const journal = new Journal(file, openForWriting(file, "w"), []);
    journal.#append(run);
    return journal;
  }

  /** Goes on with a journal; a last line that was cut off is taken away. */
  static resume(file: string): Journal {
    const { events, bytes } = readJournal(file);
    const fd = openForWriting(file, "r+");
    ftruncateSync(fd, bytes);
    closeSync(fd);
    return new Journal(file, openForWriting(file, "a"), events);
  }

  get run(): RunEvent {
    return this.events[0] as RunEvent;
  }

  append(event: StepEvent | SpentEvent | ProfileEvent): void {
    this.#append(event);
    this.outcomes.add(event);
  }

  /** The whole line or nothing of it: a disk that fills up takes a part. */
  #append(event: JournalEvent): void {
    const line = Buffer.from(lineOf(event));
    const before = fstatSync(this.#fd).size;
    try {
      let at = 0;
      while (at < line.length) at += writeSync(this.#fd, line, at, null, before + at);
      fsyncSync(this.#fd);
    } catch (cause) {
      // A device has no length to go back to.
      if (fstatSync(this.#fd).isFile()) ftruncateSync(this.#fd, before);
      throw outputError(this.file, cause);
    }
    this.events.push(event);
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** All whole events of a journal, the first of them apart too, and how many bytes they take. */
export function readJournal(file: string): {
  run: RunEvent;
  events: JournalEvent[];
  bytes: number;
} {
  if (!existsSync(file)) {
    throw new IopathError(ExitStatus.input, `there is no run to go on with: no ${file}`, {
      remedy: "start one without --resume",
    });
  }
  const text = readText(file);
  const end = text.lastIndexOf("\n") + 1;
  const lines = text.slice(0, end).split("\n").slice(0, -1);
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
  return { run, events, bytes: Buffer.byteLength(text.slice(0, end)) };
}

function readText(file: string): string {
  requireRegularFile(file);
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code = String(cause) } = cause as NodeJS.ErrnoException;
    throw new IopathError(ExitStatus.input, `${file} can't be read (${code})`, {
      remedy: "name the folder of a run, or its journal",
      cause,
    });
  }
}

export function parseEvent(file: string, line: string, number: number): JournalEvent {
  try {
    return journalEvent.parse(JSON.parse(line));
  } catch (cause) {
    const message = `line ${number} of ${file} is no event of a journal of this version`;
    throw new IopathError(ExitStatus.input, message, {
      remedy: "another version of iopath wrote it, or it is damaged; a new run makes a new one",
      cause,
    });
  }
}

function openForWriting(file: string, flags: string): number {
  try {
    return openSync(file, flags);
  } catch (cause) {
    throw outputError(file, cause);
  }
}
