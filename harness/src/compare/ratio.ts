/**
 * What a cell costs in one run and in another, as a ratio with its interval. Of cells that were
 * measured in turns their speed-ups are compared: both are free of what the machine did while they
 * were measured. Two runs of one revision differ by 13 to 46 % in nanoseconds, and by some tenths
 * of a per cent in these (docs/figures.md).
 */
import { isReference } from "../rows/derive.ts";
import type { Row } from "../rows/row.ts";
import { ratioInterval, type Trials } from "../statistics/bootstrap.ts";
import type { Interval } from "../statistics/interval.ts";
import { type FigureWithEnds, intervalOfRatio } from "../statistics/launches.ts";

export interface RatioOfCosts {
  /** Above 1, it costs more than in A. Null where A's cost is 0. */
  readonly ratio: number | null;
  readonly interval: Interval | undefined;
  /** What was compared. */
  readonly of: "speed-up" | "p50";
}

/** @param trials samples of both, for runs that know no interval over launches */
export function ratioOfCosts(a: Row, b: Row, trials: readonly [Trials, Trials]): RatioOfCosts {
  const [before, after] = [speedUpOf(a), speedUpOf(b)];
  if (before && after) {
    // A speed-up is the reciprocal of a cost.
    const interval = intervalOfRatio(before, after);
    return { ratio: before.value / after.value, interval, of: "speed-up" };
  }
  const ratio = a.p50 ? b.p50! / a.p50 : null;
  const [from, to] = [costOf(a), costOf(b)];
  const interval = from && to ? intervalOfRatio(to, from) : ratioInterval(...trials);
  return { ratio, interval, of: "p50" };
}

/** Of a cell in turns; that of the reference says nothing of its cost. */
function speedUpOf(row: Row): FigureWithEnds | undefined {
  if (row.turns === null || isReference(row)) return undefined;
  return figureOf(row.speedup_over_reference, row.speedup_low, row.speedup_high);
}

function costOf({ p50, p50_low, p50_high }: Row): FigureWithEnds | undefined {
  return figureOf(p50, p50_low, p50_high);
}

function figureOf(value: number | null, low: number | null, high: number | null) {
  return value && low && high ? { value, low, high } : undefined;
}

/** A difference is named where the interval leaves out 1; else what would have been seen. */
export function sideOf(interval: Interval | undefined): string {
  if (!interval) return "";
  const { low, high } = interval;
  if (low > 1) return "above 1";
  if (high < 1) return "below 1";
  const seen = Math.expm1(Math.log(high / low) / 2) * 100;
  return `no difference seen, resolves ${seen < 9.95 ? seen.toFixed(1) : seen.toFixed(0)} %`;
}
