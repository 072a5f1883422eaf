/**
 * Every sample of a run as CSV, streamed from the journal: memory for one trial, however long the
 * run was.
 */
import { createReadStream } from "node:fs";
import { parseEvent } from "../journal/journal.ts";
import { clocksOf } from "../matrix/cell.ts";
import { inUnitOf } from "../matrix/clock.ts";
import { CsvLines } from "./csv.ts";
import { WholeFile, type Written } from "./files.ts";

export const samplesName = "samples.csv";

/**
 * `rank` counts within the trial, from the fastest: that is the order in which trials keep samples.
 */
export const sampleColumns = ["cell", "round", "rank", "value"] as const;

/** Writes `file` whole or not at all; a last line of the journal that was cut off is left out. */
export async function writeSamplesCsv(journalFile: string, file: string): Promise<Written> {
  const writing = new WholeFile(file);
  try {
    writing.write(new CsvLines().line(sampleColumns));
    for await (const text of samplesAsCsv(journalFile)) writing.write(text);
    return writing.finish();
  } catch (cause) {
    throw writing.giveUp(cause);
  }
}

/** A trial can have a million samples: so many lines are in memory as text. */
const linesAtOnce = 10_000;

async function* samplesAsCsv(journalFile: string): AsyncGenerator<string> {
  let clocks: ReturnType<typeof clocksOf> | undefined;
  let number = 0;
  const csv = new CsvLines();
  for await (const line of wholeLines(journalFile)) {
    const event = parseEvent(journalFile, line, ++number);
    if (event.event === "run") clocks = clocksOf(event.config);
    if (event.event !== "trial" || event.result.status !== "measured") continue;
    const { cell, round } = event;
    const clock = clocks?.get(cell);
    if (clock === undefined) continue;
    const { samplesNs } = event.result;
    const trial = csv.fields([cell, round]);
    for (let from = 0; from < samplesNs.length; from += linesAtOnce) {
      const lines = samplesNs
        .slice(from, from + linesAtOnce)
        .map((ns, i) => `${trial},${from + i},${inUnitOf(clock, ns)}\r\n`);
      yield lines.join("");
    }
  }
}

/** Lines that end in a line feed: what comes after the last one is an event that was cut off. */
async function* wholeLines(file: string): AsyncGenerator<string> {
  // Not node:readline, whose iterator reads ahead as fast as the disk gives.
  let parts: string[] = [];
  for await (const chunk of createReadStream(file, "utf8") as AsyncIterable<string>) {
    const [first, ...others] = chunk.split("\n");
    parts.push(first!);
    for (const next of others) {
      yield parts.join("");
      parts = [next];
    }
  }
}
