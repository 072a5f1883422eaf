/** Files of a run, each written whole under another name and then renamed: never half a file. */
import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { IopathError } from "@iopath/contract";
import { makeFolders } from "@iopath/native";
import { outputError } from "../errors/output-error.ts";

export const journalName = "journal.jsonl";
export const environmentName = "environment.json";

/** Makes the folder and those above it; an error says what can't be written. */
export function makeFolder(folder: string): void {
  try {
    makeFolders(folder);
  } catch (cause) {
    throw outputError(folder, cause);
  }
}

/**
 * Tries whether a file that a flag names can be written, before long work that ends in writing it.
 *
 * @throws IopathError, exit status 6
 */
export function requireWritable(file: string): void {
  try {
    const existed = existsSync(file);
    closeSync(openSync(file, "a"));
    if (!existed) rmSync(file);
  } catch (cause) {
    throw outputError(file, cause, "name another file, or make room there");
  }
}

/** What was written, for those who want to know whether it is still that. */
export interface Written {
  readonly bytes: number;
  /** Hexadecimal SHA-256. */
  readonly sha256: string;
}

/** Under its name stands the whole text, or what stood there before. */
export function writeWhole(file: string, text: string | Uint8Array): Written {
  const writing = new WholeFile(file);
  try {
    writing.write(text);
    return writing.finish();
  } catch (cause) {
    throw writing.giveUp(cause);
  }
}

/** A file that gets its name when all of it is on disk. */
export class WholeFile {
  readonly #file: string;
  readonly #temporary: string;
  readonly #hash = createHash("sha256");
  #bytes = 0;
  #fd: number | undefined;

  /** @throws IopathError, exit status 6, when nothing can be written there */
  constructor(file: string) {
    this.#file = file;
    this.#temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
    try {
      this.#fd = openSync(this.#temporary, "w");
    } catch (cause) {
      throw outputError(file, cause);
    }
  }

  write(text: string | Uint8Array): void {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    // A write takes less than it was given when the disk is nearly full.
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd!, bytes, at);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  finish(): Written {
    fsyncSync(this.#fd!);
    this.#close();
    renameSync(this.#temporary, this.#file);
    return { bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }

  /** Leaves nothing behind; the error to throw says which file was not written, and why. */
  giveUp(cause: unknown): IopathError {
    this.#close();
    rmSync(this.#temporary, { force: true });
    return cause instanceof IopathError ? cause : outputError(this.#file, cause);
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
