/**
 * The journal of a run of searches. What comes next in a search follows from its trials, so that a
 * run that was cut goes on in the middle of one: its trials are read in place of being made.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { LinesFile, parseLine, readLines } from "../../journal/lines-file.ts";
import type { AnswerEvent, DeviceFacts, SearchEvent, SearchRunEvent } from "./events.ts";
import { searchEvent } from "./events.ts";

export const searchJournalName = "open-loop.jsonl";

/** What a journal knows of one cell. */
interface RecordedCell {
  readonly opened: DeviceFacts | undefined;
  readonly answers: readonly AnswerEvent[];
  readonly ended: Extract<SearchEvent, { event: "ended" }> | undefined;
}

export class SearchJournal implements Disposable {
  readonly run: SearchRunEvent;
  readonly #events: SearchEvent[];
  readonly #lines: LinesFile;

  private constructor(lines: LinesFile, events: SearchEvent[]) {
    this.#lines = lines;
    this.#events = events;
    this.run = events[0] as SearchRunEvent;
  }

  /** A new journal in place of any older one. */
  static create(file: string, run: SearchRunEvent): SearchJournal {
    const lines = LinesFile.create(file);
    lines.append(lineOf(run));
    return new SearchJournal(lines, [run]);
  }

  /** @throws IopathError, exit status 5, when it is missing or can't be read */
  static resume(file: string): SearchJournal {
    const { events, bytes } = readSearchJournal(file);
    return new SearchJournal(LinesFile.resume(file, bytes), events);
  }

  append(event: Exclude<SearchEvent, SearchRunEvent>): void {
    this.#lines.append(lineOf(event));
    this.#events.push(event);
  }

  recordOf(cell: number): RecordedCell {
    const own = this.#events.filter((event) => "cell" in event && event.cell === cell);
    return {
      opened: own.find((event) => event.event === "opened"),
      answers: own.filter((event) => event.event === "trial" || event.event === "noise"),
      ended: own.find((event) => event.event === "ended"),
    };
  }

  [Symbol.dispose](): void {
    this.#lines[Symbol.dispose]();
  }
}

function readSearchJournal(file: string) {
  const { lines, bytes } = readLines(file);
  const events = lines.map((line, i) =>
    parseLine((value) => searchEvent.parse(value), { file, line, number: i + 1 }),
  );
  const [run] = events;
  if (run?.event === "open-loop") return { run, events, bytes };
  throw new IopathError(ExitStatus.input, `${file} does not begin with the run that it is of`);
}

function lineOf(event: SearchEvent): string {
  return `${JSON.stringify(event)}\n`;
}
