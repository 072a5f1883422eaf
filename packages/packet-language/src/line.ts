/** Lines of a listing, and errors that name them. */
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { ExitStatus, IopathError } from "@iopath/contract";
import { readForWords } from "@iopath/native";

export interface Line {
  readonly file: string;
  readonly number: number;
}

/** The caller's line: the first of the stack that lies outside of this package. */
export function callersLine(): Line {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 16;
  const stack = new Error().stack ?? "";
  Error.stackTraceLimit = stackTraceLimit;
  for (const [, place, number] of stack.matchAll(/\(?((?:file:\/\/)?\/[^()\n]*):(\d+):\d+\)?$/gm)) {
    const file = place!.startsWith("file:") ? fileURLToPath(place!) : place!;
    if (!file.startsWith(import.meta.dirname)) return { file, number: Number(number) };
  }
  return { file: "unknown", number: 0 };
}

/** "ipv4-forward.ts:23", and what stands there, if the file can be read. */
export function quote({ file, number }: Line): string {
  const name = `${basename(file)}:${number}`;
  const text = readForWords(file)?.split("\n")[number - 1]?.trim();
  return text ? `${name}: ${text}` : name;
}

/** What is wrong with a listing, in words, with the line that is wrong. */
export class ListingError extends IopathError {
  readonly line: Line;

  constructor(problem: string, line: Line) {
    super(ExitStatus.cannotRun, `${problem}\n  ${quote(line)}`);
    this.name = "ListingError";
    this.line = line;
  }
}
