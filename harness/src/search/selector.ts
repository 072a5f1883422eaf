/**
 * Chooses the next trial of one goal. It walks through the goal's targets, coarse ones first; from
 * one to the next it takes what is known so far as a hint and not as a bound, since short trials
 * may be wrong. Outside of what is known it goes in doubling steps, and between two bounds it
 * halves.
 */
import type { Goal } from "./goal.ts";
import { targetsOf } from "./goal.ts";

/** By index in the grid; undefined where no load is one. */
export interface Bounds {
  readonly lower: number | undefined;
  readonly upper: number | undefined;
}

/** What the search knows. */
interface Knowledge {
  /** RFC 9971, Relevant Lower and Upper Bound, of a target. */
  boundsOf(target: Goal): Bounds;
  /** The highest load that may be tried. */
  top(): number;
  stepsOf(width: number): number;
}

export interface Candidate {
  readonly index: number;
  readonly seconds: number;
}

export class Selector {
  readonly goal: Goal;
  readonly #knowledge: Knowledge;
  readonly #targets: Goal[];
  #hints: Bounds;
  /** Of steps outwards for the current target. */
  #stretch = 1;
  /** The last load of such a step. */
  #outside: number | undefined;

  constructor(goal: Goal, knowledge: Knowledge, hints: Bounds) {
    this.goal = goal;
    this.#knowledge = knowledge;
    this.#targets = targetsOf(goal);
    this.#hints = hints;
  }

  /** Undefined when the goal is reached, or can't be. */
  next(): Candidate | undefined {
    for (;;) {
      const target = this.#targets[0];
      if (!target) return undefined;
      const index = this.#choose(target);
      if (index !== undefined) return { index, seconds: target.finalTrialS };
      this.#hints = this.#knowledge.boundsOf(target);
      this.#stretch = 1;
      this.#outside = undefined;
      // The last one stays: more trials, of another goal, may move its bounds.
      if (this.#targets.length === 1) return undefined;
      this.#targets.shift();
    }
  }

  #choose(target: Goal): number | undefined {
    const bounds = this.#knowledge.boundsOf(target);
    const steps = this.#knowledge.stepsOf(target.width);
    const hinted = this.#hinted(bounds, steps);
    if (hinted !== undefined) return hinted;
    const { lower, upper } = bounds;
    const top = this.#knowledge.top();
    if (lower === undefined && upper === undefined) return top;
    if (lower === undefined) {
      return upper === 0 ? undefined : this.#outwards(Math.min(upper!, top + 1), -steps, 0, top);
    }
    if (upper === undefined) {
      return lower >= top ? undefined : this.#outwards(lower, steps, 0, top);
    }
    // A load that is out of reach by now may have been an upper bound before.
    if (upper - lower <= steps || lower >= top) return undefined;
    return Math.min(top, this.#between(lower, upper, steps));
  }

  /** What the target before found, where it is not known yet whether this one says the same. */
  #hinted(bounds: Bounds, steps: number): number | undefined {
    const { lower, upper } = this.#hints;
    const hints = [lower, upper];
    if (lower !== undefined && upper !== undefined && upper > lower) {
      const apart = upper - lower;
      if (apart > steps && apart <= 2 * steps) hints.unshift((lower + upper) >> 1);
    }
    return hints.find((index) => index !== undefined && this.#isOpen(index, bounds));
  }

  #isOpen(index: number, { lower = -1, upper }: Bounds): boolean {
    const end = upper ?? this.#knowledge.top() + 1;
    return index > lower && index < end && index <= this.#knowledge.top();
  }

  /** A step away from a bound; one that is asked for again was not decided by its first trial. */
  #outwards(from: number, steps: number, least: number, most: number): number {
    if (this.#outside !== undefined && this.#outside !== from) {
      const isBeyond = steps > 0 ? this.#outside > from : this.#outside < from;
      if (isBeyond && this.#outside >= least && this.#outside <= most) return this.#outside;
    }
    if (this.#outside === from) this.#stretch *= 2;
    this.#outside = Math.min(most, Math.max(least, from + steps * this.#stretch));
    return this.#outside;
  }

  /**
   * The middle; but where the hints were next to one of the bounds, a step from that one if it is
   * the shorter way.
   */
  #between(lower: number, upper: number, steps: number): number {
    const middle = (lower + upper) >> 1;
    const { lower: low, upper: high } = this.#hints;
    if (high !== undefined && middle < high) {
      const below = this.#outwards(upper, -steps, lower + 1, upper - 1);
      if (below > middle && below < high) return below;
    }
    if (low !== undefined && middle > low) {
      const above = this.#outwards(lower, steps, lower + 1, upper - 1);
      if (above < middle && above > low) return above;
    }
    return middle;
  }
}
