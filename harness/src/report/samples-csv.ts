/** Every sample of a run as CSV, streamed from the journal: memory for one trial, however long the run was. */
import {
  closeSync,
  createReadStream,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { IopathError } from "@iopath/contract";
import { stringify } from "csv-stringify/sync";
import { outputError, parseEvent, type RunEvent } from "../journal.ts";
import { inUnitOf } from "../rows.ts";

/** `rank` counts within the trial, from the fastest: that is the order in which trials keep samples. */
export const sampleColumns = ["cell", "round", "rank", "value"] as const;

const csvOptions = { record_delimiter: "windows", escape_formulas: true } as const;

/** Writes `file` whole or not at all; a last line of the journal that was cut off is left out. */
export async function writeSamplesCsv(journalFile: string, file: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    const fd = openSync(temporary, "w");
    try {
      writeSync(fd, stringify([[...sampleColumns]], csvOptions));
      for await (const text of samplesAsCsv(journalFile)) writeAll(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause instanceof IopathError ? cause : outputError(file, cause);
  }
}

/** A write may take less than it was given. */
function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

async function* samplesAsCsv(journalFile: string): AsyncGenerator<string> {
  let run: RunEvent | undefined;
  let number = 0;
  for await (const line of wholeLines(journalFile)) {
    const event = parseEvent(journalFile, line, ++number);
    if (event.event === "run") run = event;
    if (event.event !== "trial" || event.result.status !== "measured" || !run) continue;
    const { cell, round } = event;
    const { clock } = run.config;
    const values = event.result.samplesNs.map((ns) => inUnitOf(clock, ns));
    yield stringify(
      values.map((value, rank) => [cell, round, rank, value]),
      csvOptions,
    );
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
