/**
 * The monotonic clock for loops that look at it some million times per second: a call into the
 * vDSO, and nothing that a collector of garbage would find.
 */
import type { BoundCall } from "./foreign/foreign-call.ts";
import { boundClock } from "./libc.ts";
import { type Memory, mapAnonymous } from "./memory.ts";

const CLOCK_MONOTONIC = 1;
/** struct timespec: seconds and nanoseconds, 64 bits each, of which the low halves say all. */
const timespecBytes = 16;
const nanosecondsWord = 2;

export class MonotonicClock implements Disposable {
  /**
   * The last look, in nanoseconds since the second in which the clock was made. A number that a
   * function returns may be an object; one in an array never is.
   */
  readonly now = new Float64Array(1);
  readonly #memory: Memory = mapAnonymous(timespecBytes);
  readonly #words = this.#memory.i32;
  readonly #call: BoundCall = boundClock(CLOCK_MONOTONIC, this.#memory.address);
  readonly #read = this.#call.call;
  readonly #firstSecond: number;

  constructor() {
    this.#read(0);
    this.#firstSecond = this.#words[0]!;
    this.look();
  }

  look(): void {
    this.#read(0);
    const words = this.#words;
    this.now[0] = (words[0]! - this.#firstSecond) * 1e9 + words[nanosecondsWord]!;
  }

  [Symbol.dispose](): void {
    this.#call[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}
