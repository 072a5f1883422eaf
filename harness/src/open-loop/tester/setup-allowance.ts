/**
 * What the kernel takes before the first run of a program that sends live frames: it makes pages,
 * and gets the CPU when others let it. A timer that ends the runs begins before that, and has to
 * allow for it: without, the end of each trial is cut off.
 */

/** Milliseconds: the least, since the next setup may be longer than any before. */
const least = 5;
const most = 1000;
/** How much longer than the longest so far. */
const margin = 2;

export class SetupAllowance {
  #longest = 0;

  /** Milliseconds to be added to the time of a trial. */
  get ms(): number {
    return Math.min(most, Math.max(least, margin * this.#longest));
  }

  /** @param ms from the call to the first frame */
  saw(ms: number): void {
    this.#longest = Math.max(this.#longest, ms);
  }
}
