/**
 * How many frames are due at each look of a loop at the clock. What a look costs is shared by all
 * frames that it finds due: the slower a round of the loop, the larger its bursts.
 */
import type { Pace } from "../pacing.ts";

/** Places in the state: numbers in an array are no objects for a collector of garbage. */
const at = { interval: 0, wanted: 1, duration: 2, patience: 3, first: 4, last: 5, due: 6 } as const;
const counts = { offered: 7, skipped: 8, early: 9 } as const;
const stateLength = 10;

export class Pacer {
  readonly #now: Float64Array;
  readonly #state = new Float64Array(stateLength);
  readonly #most: number;
  #begun = false;

  /**
   * @param now where the clock's last look stands, nanoseconds
   * @param most frames of a burst
   */
  constructor(now: Float64Array, most: number) {
    this.#now = now;
    this.#most = most;
  }

  /** The first look after this sends the first frame. */
  begin({ intervalNs, wanted, durationNs, patienceNs }: Pace): void {
    const state = this.#state;
    state.fill(0);
    state[at.interval] = intervalNs;
    state[at.wanted] = wanted;
    state[at.duration] = durationNs;
    state[at.patience] = patienceNs;
    this.#begun = false;
  }

  /** Frames to be sent now; -1 when no more are going to be. */
  due(): number {
    const state = this.#state;
    if (!this.#begun) {
      state[at.first] = this.#now[0]!;
      this.#begun = true;
    }
    const now = this.#now[0]! - state[at.first]!;
    const left = state[at.wanted]! - state[counts.offered]!;
    if (left <= 0 || now > state[at.duration]!) return -1;
    const late = now - state[at.due]!;
    if (late < 0) {
      state[counts.early]!++;
      return 0;
    }
    const interval = state[at.interval]!;
    let count = this.#most;
    if (late < count * interval) count = Math.floor(late / interval) + 1;
    if (left < count) count = left;
    const next = state[at.due]! + count * interval;
    const givesUp = next + state[at.patience]! < now;
    if (givesUp) state[counts.skipped]!++;
    state[at.due] = givesUp ? now : next;
    state[counts.offered]! += count;
    state[at.last] = now;
    return count;
  }

  get offered(): number {
    return this.#state[counts.offered]!;
  }

  get skipped(): number {
    return this.#state[counts.skipped]!;
  }

  get early(): number {
    return this.#state[counts.early]!;
  }

  /** Nanoseconds by the clock. */
  get firstAtNs(): number {
    return this.#state[at.first]!;
  }

  get lastAtNs(): number {
    return this.#state[at.first]! + this.#state[at.last]!;
  }
}
