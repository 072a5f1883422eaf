/**
 * A file of lines of JSON, each on disk before the next begins: what a command that is cut can go
 * on from.
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
import { requireRegularFile } from "./regular-file.ts";

export class LinesFile implements Disposable {
  readonly file: string;
  readonly #fd: number;

  private constructor(file: string, fd: number) {
    this.file = file;
    this.#fd = fd;
  }

  /** A new file in place of any older one. */
  static create(file: string): LinesFile {
    return new LinesFile(file, openForWriting(file, "w"));
  }

  /** Goes on after so many bytes; a last line that was cut off is taken away. */
  static resume(file: string, bytes: number): LinesFile {
    const fd = openForWriting(file, "r+");
    ftruncateSync(fd, bytes);
    closeSync(fd);
    return new LinesFile(file, openForWriting(file, "a"));
  }

  /** The whole line or nothing of it: a disk that fills up takes a part. */
  append(text: string): void {
    const line = Buffer.from(text);
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
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** All whole lines, and how many bytes they take. */
export function readLines(file: string): { lines: string[]; bytes: number } {
  if (!existsSync(file)) {
    throw new IopathError(ExitStatus.input, `there is no run to go on with: no ${file}`, {
      remedy: "start one without --resume",
    });
  }
  const text = readText(file);
  const end = text.lastIndexOf("\n") + 1;
  const lines = text.slice(0, end).split("\n").slice(0, -1);
  return { lines, bytes: Buffer.byteLength(text.slice(0, end)) };
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

/** @param parse of what a line's JSON says, an event */
export function parseLine<Event>(
  parse: (value: unknown) => Event,
  { file, line, number }: { file: string; line: string; number: number },
): Event {
  try {
    return parse(JSON.parse(line));
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
