/**
 * `counters.jsonl` of `run --tester none --out FOLDER`: the counters of each second, one JSON line
 * each.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Counters } from "@iopath/contract";
import { outputError } from "../../errors/output-error.ts";
import { makeFolder } from "../../files/files.ts";

const counterLogName = "counters.jsonl";

export class CounterLog implements Disposable {
  readonly #file: string;
  readonly #reasons: readonly string[];
  readonly #fd: number;

  /**
   * @param reasons of the workload, for which frames are dropped
   * @throws IopathError, exit status 6, when nothing can be written there
   */
  constructor(folder: string, reasons: readonly string[]) {
    makeFolder(folder);
    this.#reasons = reasons;
    this.#file = join(folder, counterLogName);
    try {
      this.#fd = openSync(this.#file, "w");
    } catch (cause) {
      throw outputError(this.#file, cause);
    }
  }

  add({ dropped, ...counters }: Counters): void {
    const byReason = Object.fromEntries(this.#reasons.map((reason, i) => [reason, dropped[i]!]));
    const line = { at: new Date().toISOString(), ...counters, dropped: byReason };
    try {
      writeSync(this.#fd, `${JSON.stringify(line)}\n`);
    } catch (cause) {
      throw outputError(this.#file, cause);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
