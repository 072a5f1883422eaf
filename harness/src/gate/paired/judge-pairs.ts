/**
 * When a paired gate is sure. Two errors are bounded, each for the whole gate however often it
 * looks:
 *
 * - a false alarm: a cell called a regression whose true cost is within the threshold;
 * - a miss: a cell called a pass whose true cost is beyond the difference that must be seen.
 *
 * It looks after every round, `looksMax` times at most, and spends the same share of an error at
 * each look (Bonferroni over the looks; within a look Holm over the cells). The chance of an error
 * at any look is at most the sum of the shares, whenever it stops and however the looks depend on
 * each other.
 */
import {
  holm,
  lowerMedian,
  medianInterval,
  permutationPValue,
} from "../../statistics/permutation.ts";

export interface Limits {
  /** Relative difference from which on a cell counts as changed: 0.01. */
  readonly threshold: number;
  /** Relative difference that must not pass unseen: 0.02. */
  readonly mustSee: number;
  /** Chance of any false alarm in a gate, and of any false improvement. */
  readonly alpha: number;
  /** Chance that a cell that is `mustSee` slower passes. */
  readonly beta: number;
  readonly looksMax: number;
}

/** The figures of a cell so far: log(candidate / baseline) of each pair. */
export interface Evidence {
  readonly pairs: readonly number[];
  /**
   * What equal code shows on this machine, as a relative difference; takes the threshold's place if
   * larger.
   */
  readonly floor: number;
}

export interface Judgement {
  readonly verdict: "pass" | "regression" | "improvement" | "inconclusive";
  readonly ratio: number;
  /** Of the ratio, 95 %. */
  readonly interval: { readonly low: number; readonly high: number };
  /** After Holm, of the null hypothesis that the cell is not slower than the threshold. */
  readonly pValue: number;
  /** The larger one of threshold and floor. */
  readonly threshold: number;
  /**
   * A difference of this size would have been found with a chance of 80 % at least, as the noise
   * was.
   */
  readonly detectable: number;
}

/**
 * One look at all cells, in the order given. Those that were decided before come with the evidence
 * they had.
 */
export function judge(cells: readonly Evidence[], limits: Limits): Judgement[] {
  const { alpha, beta, looksMax } = limits;
  const thresholds = cells.map(({ floor }) => Math.max(limits.threshold, floor));
  const slower = holm(
    cells.map(({ pairs }, i) => permutationPValue(pairs, Math.log1p(thresholds[i]!))),
  );
  const faster = holm(
    cells.map(({ pairs }, i) => permutationPValue(negate(pairs), Math.log1p(thresholds[i]!))),
  );
  return cells.map(({ pairs, floor }, i) => {
    const seen = Math.log1p(Math.max(limits.mustSee, floor));
    const unseen = permutationPValue(negate(pairs), -seen);
    const verdict =
      slower[i]! <= alpha / looksMax
        ? "regression"
        : faster[i]! <= alpha / looksMax
          ? "improvement"
          : unseen <= beta / looksMax
            ? "pass"
            : "inconclusive";
    const { low, high } = medianInterval(pairs, 0.025);
    return {
      verdict,
      ratio: Math.exp(lowerMedian(pairs)),
      interval: { low: Math.exp(low), high: Math.exp(high) },
      pValue: slower[i]!,
      threshold: thresholds[i]!,
      detectable: detectable(pairs, thresholds[i]!, alpha / looksMax / cells.length),
    };
  });
}

/**
 * The threshold, what the test takes to be sure, and as much again as the estimate may lie too low.
 */
function detectable(pairs: readonly number[], threshold: number, level: number): number {
  const halfWidth = (tail: number) => {
    const { low, high } = medianInterval(pairs, tail);
    return (high - low) / 2;
  };
  return Math.expm1(Math.log1p(threshold) + halfWidth(level) + halfWidth(powerMissing));
}

const powerMissing = 0.2;

function negate(values: readonly number[]): number[] {
  return values.map((value) => -value);
}
