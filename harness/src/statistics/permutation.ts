/**
 * The statistics of paired slices. A pair is two slices that followed each other, one per side, in
 * an order drawn by lot; its value is log(candidate / baseline). When the two sides are equal, a
 * pair is as likely to have either sign, whatever the machine did meanwhile: drift and bursts meet
 * both orders alike. That is all that the test below supposes; it knows nothing of normal
 * distributions.
 */
import type { Interval } from "./interval.ts";

/**
 * The median as the test takes it: of an even number of values the lower one of the two in the
 * middle.
 */
export function lowerMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >>> 1] ?? Number.NaN;
}

/**
 * One-sided permutation test over the pairs: how probable is a median this large or larger, when
 * each pair's sign is redrawn? The null hypothesis is that the true median is `nullValue` or
 * less.
 *
 * No permutation is drawn, since the answer has a closed form. The median of n values is m or more
 * when at least k = ⌊n/2⌋ + 1 of them are; drawing signs, only the K values with |value| ≥ m can
 * be, each with probability ½: the answer is P(Binomial(K, ½) ≥ k), exactly.
 */
export function permutationPValue(values: readonly number[], nullValue: number): number {
  const shifted = values.map((value) => value - nullValue);
  const median = lowerMedian(shifted);
  if (!(median > 0)) return 1;
  const able = shifted.filter((value) => Math.abs(value) >= median).length;
  return binomialTail(able, (values.length >>> 1) + 1);
}

/** P(Binomial(trials, ½) ≥ successes). */
export function binomialTail(trials: number, successes: number): number {
  let sum = 0;
  let logTerm = -trials * Math.LN2; // P(Binomial = trials); those below follow from it
  for (let i = trials; i >= Math.max(0, successes); i--) {
    sum += Math.exp(logTerm);
    logTerm += Math.log(i / (trials - i + 1));
  }
  return Math.min(1, sum);
}

/**
 * p-values corrected for their number, in the same order (Holm, A Simple Sequentially Rejective
 * Multiple Test Procedure, 1979): rejecting those at or below α errs anywhere with probability α at
 * most, however the tests depend on each other.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((p, index) => ({ p, index })).sort((a, b) => a.p - b.p);
  const corrected = new Array<number>(pValues.length);
  let least = 0;
  for (const [rank, { p, index }] of order.entries()) {
    least = Math.max(least, Math.min(1, p * (pValues.length - rank)));
    corrected[index] = least;
  }
  return corrected;
}

/**
 * An interval of the median that holds with probability 1 - 2 × `tail` or more, from order
 * statistics (Conover, Practical Nonparametric Statistics, 3.2). Infinite on both sides with too
 * few values.
 */
export function medianInterval(values: readonly number[], tail: number): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const n = sorted.length;
  // The largest rank r with P(Binomial(n, ½) < r) ≤ tail.
  let rank = 0;
  let logTerm = -n * Math.LN2;
  for (let below = Math.exp(logTerm); below <= tail && rank < n; below += Math.exp(logTerm)) {
    rank++;
    logTerm += Math.log((n - rank + 1) / rank);
  }
  if (rank === 0) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  return { low: sorted[rank - 1]!, high: sorted[n - rank]! };
}
