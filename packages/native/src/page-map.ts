/**
 * Which pages of a memory are taken, in that memory itself, so that all threads that share it see
 * and change the same.
 */
import { ExitStatus, IopathError } from "@iopath/contract";

/** Nobody holds it longer than it takes to look through the map once. */
const lockMs = 10_000;

export class PageMap {
  /** Of memory that it takes for itself. */
  readonly bytes: number;
  /** A word: 1 while a thread looks or changes. */
  readonly #lock: Int32Array;
  /** A byte a page: 1 for a taken one. */
  readonly #taken: Uint8Array;

  /** @param buffer zeroed at `at` and behind, or with a map of another thread's there */
  constructor(buffer: ArrayBufferLike, at: number, pages: number) {
    this.#lock = new Int32Array(buffer, at, 1);
    this.#taken = new Uint8Array(buffer, at + 4, pages);
    this.bytes = 4 + pages;
  }

  /** Takes these pages, whoever has them. */
  reserve(first: number, count: number): void {
    this.#locked(() => this.#taken.fill(1, first, first + count));
  }

  /** @returns the first of so many pages in a row, or undefined when there is no such row */
  take(count: number): number | undefined {
    return this.#locked(() => {
      const taken = this.#taken;
      let first = 0;
      for (let page = 0; page < taken.length; page++) {
        if (taken[page] !== 0) first = page + 1;
        else if (page - first + 1 === count) {
          taken.fill(1, first, first + count);
          return first;
        }
      }
      return undefined;
    });
  }

  giveBack(first: number, count: number): void {
    this.#locked(() => this.#taken.fill(0, first, first + count));
  }

  #locked<Result>(work: () => Result): Result {
    const lock = this.#lock;
    while (Atomics.compareExchange(lock, 0, 0, 1) !== 0) {
      if (Atomics.wait(lock, 0, 1, lockMs) !== "timed-out") continue;
      const message = "another thread holds the map of WebAssembly's memory and does not go on";
      throw new IopathError(ExitStatus.cannotRun, message, { remedy: "start again" });
    }
    try {
      return work();
    } finally {
      Atomics.store(lock, 0, 0);
      Atomics.notify(lock, 0);
    }
  }
}
