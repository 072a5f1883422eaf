/**
 * Places in an order of figures that are not exact. A figure is behind another only if their
 * intervals do not overlap; so each has a range of places, and figures that can't be told apart
 * share them (Goldstein and Spiegelhalter, "League Tables and Their Limitations", Journal of the
 * Royal Statistical Society A 159, 1996). Two 95 % intervals that just touch differ with a p value
 * of about 0.006: the ranges are on the safe side.
 */
import type { Interval } from "./interval.ts";

/** From 1, both included. */
export interface RankRange {
  readonly best: number;
  readonly worst: number;
}

/** @param costs the lowest is the best */
export function rankRanges(costs: readonly Interval[]): RankRange[] {
  return costs.map(({ low, high }) => {
    const better = costs.filter((other) => other.high < low).length;
    const worse = costs.filter((other) => other.low > high).length;
    return { best: better + 1, worst: costs.length - worse };
  });
}

/** "1", "2–4" */
export function formatRanks({ best, worst }: RankRange): string {
  return best === worst ? String(best) : `${best}–${worst}`;
}
