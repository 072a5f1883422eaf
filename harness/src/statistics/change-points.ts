/**
 * Where a series of figures changes: E-divisive, the divisive method of Matteson and James, "A
 * nonparametric approach for multiple change point analysis of multivariate data" (2014), with its
 * permutation test. Apache Otava and R's ecp package have the same method.
 */

import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

export interface ChangePoint {
  /** Index of the first figure after the change. */
  readonly index: number;
  /** Means of the figures since the change before, and until the change after. */
  readonly before: number;
  readonly after: number;
  /** How often a series in random order looked as changed as this one does. */
  readonly pValue: number;
}

const permutations = 199;
/** With fewer figures on a side no change can be detected. */
const sideMin = 3;

/**
 * @param series in the order of time
 * @param significance the largest p value that counts
 * @param magnitude the smallest relative change that counts: an exact figure makes any change
 *   significant
 */
export function findChangePoints(
  series: readonly number[],
  { significance = 0.05, magnitude = 0.001 } = {},
): ChangePoint[] {
  const bounds = split(series, [0, series.length], significance);
  const inner = bounds.slice(1, -1);
  const found = inner.map(({ index, pValue }, i) => ({
    index,
    pValue,
    before: meanOf(series.slice(bounds[i]!.index, index)),
    after: meanOf(series.slice(index, bounds[i + 2]!.index)),
  }));
  return found.filter(({ before, after }) => Math.abs(after / before - 1) >= magnitude);
}

interface Bound {
  readonly index: number;
  readonly pValue: number;
}

/**
 * The bounds of the segments between `from` and `to`, both included: split in two as long as it
 * counts.
 */
function split(
  series: readonly number[],
  [from, to]: readonly [number, number],
  significance: number,
): Bound[] {
  const ends: Bound[] = [from, to].map((index) => ({ index, pValue: 1 }));
  const segment = series.slice(from, to);
  const best = bestSplit(segment);
  if (!best) return ends;
  const pValue = permutationTest(segment, best.divergence);
  if (pValue > significance) return ends;
  const middle = from + best.index;
  const left = split(series, [from, middle], significance);
  const right = split(series, [middle, to], significance);
  return [...left.slice(0, -1), { index: middle, pValue }, ...right.slice(1)];
}

/** Where the two sides differ the most, by the scaled energy distance (the paper's equation 7). */
function bestSplit(segment: readonly number[]): { index: number; divergence: number } | undefined {
  let best: { index: number; divergence: number } | undefined;
  for (let index = sideMin; index <= segment.length - sideMin; index++) {
    const divergence = divergenceOf(segment.slice(0, index), segment.slice(index));
    if (!best || divergence > best.divergence) best = { index, divergence };
  }
  return best;
}

function divergenceOf(left: readonly number[], right: readonly number[]): number {
  const [n, m] = [left.length, right.length];
  const energy =
    (2 / (n * m)) * sumOfDistances(left, right) -
    withinOf(left) / ((n * (n - 1)) / 2) -
    withinOf(right) / ((m * (m - 1)) / 2);
  return ((n * m) / (n + m)) * energy;
}

function sumOfDistances(left: readonly number[], right: readonly number[]): number {
  let sum = 0;
  for (const a of left) for (const b of right) sum += Math.abs(a - b);
  return sum;
}

/** Each pair once. */
function withinOf(side: readonly number[]): number {
  return sumOfDistances(side, side) / 2;
}

/** The same series gives the same answer each time. */
function permutationTest(segment: readonly number[], divergence: number): number {
  const random = xoroshiro128plus(segment.length);
  let asExtreme = 0;
  for (let i = 0; i < permutations; i++) {
    const shuffled = [...segment];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = uniformInt(random, 0, last);
      [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
    }
    if (bestSplit(shuffled)!.divergence >= divergence) asExtreme++;
  }
  return (asExtreme + 1) / (permutations + 1);
}

function meanOf(figures: readonly number[]): number {
  return figures.reduce((sum, figure) => sum + figure, 0) / figures.length;
}
