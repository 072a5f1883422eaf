/** When to stop waiting for something that may come late on a busy machine. */

/**
 * The time between two looks counts for at most a sixteenth of the limit. Where the machine stood
 * still meanwhile, what is waited for stood still too.
 */
const looksMin = 16;

/** Nothing is allocated by a look: one may stand in a hot loop, behind a count of rounds. */
export class Deadline {
  readonly #limitMs: number;
  readonly #partMs: number;
  #leftMs: number;
  #lookedMs = performance.now();

  /** @param limitMs 0: it is over at the first look */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    this.#partMs = limitMs / looksMin;
    this.#leftMs = limitMs;
  }

  /** Starts over: something came. */
  restart(): void {
    this.#leftMs = this.#limitMs;
    this.#lookedMs = performance.now();
  }

  /** Looks at the clock. Whoever waits asks this at each try, and goes on until it is true. */
  isOver(): boolean {
    const now = performance.now();
    this.#leftMs -= Math.min(now - this.#lookedMs, this.#partMs);
    this.#lookedMs = now;
    return this.#leftMs <= 0;
  }
}
