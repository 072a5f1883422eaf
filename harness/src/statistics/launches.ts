/**
 * How sure a figure is that was measured in several launches of fresh processes. Turns of one
 * launch are alike: where memory lies and what the compiler made of the code gives each launch a
 * level of its own, so that an interval over turns is too narrow by half. A launch is one
 * observation, however many turns it has.
 *
 * The interval is that of Stein's two-stage procedure (Stein, "A Two-Sample Test for a Linear
 * Hypothesis Whose Power is Independent of the Variance", Annals of Mathematical Statistics 16,
 * 1945): the spread is estimated from the launches of the first stage alone, and it says how many
 * are needed in all. So the interval holds what it promises although the figures decide how long
 * is measured; Student's interval at a width that was waited for would hold less.
 */
import type { Interval } from "./interval.ts";

/** Mean and half width of the 95 % interval; undefined where one launch says nothing of it. */
export interface Estimate {
  readonly mean: number;
  readonly halfWidth: number | undefined;
}

/**
 * @param launches a figure of each, in the order of time
 * @param firstStage how many launches are made before anything is decided
 */
export function estimateOver(launches: readonly number[], firstStage: number): Estimate {
  const mean = meanOf(launches);
  const spread = spreadOf(launches.slice(0, firstStage));
  return {
    mean,
    halfWidth: spread === undefined ? undefined : spread / Math.sqrt(launches.length),
  };
}

/**
 * How many launches make the interval at most `width` wide; undefined before the first stage is
 * over, or when it is too short for an estimate.
 */
export function launchesNeeded(
  launches: readonly number[],
  firstStage: number,
  width: number,
): number | undefined {
  if (launches.length < firstStage) return undefined;
  const spread = spreadOf(launches.slice(0, firstStage));
  if (spread === undefined) return undefined;
  return Math.max(firstStage, Math.ceil(((2 * spread) / width) ** 2));
}

/** Of logarithms, as an interval of what they are of. */
export function intervalOfLogs({ mean, halfWidth }: Estimate): Interval | undefined {
  if (halfWidth === undefined) return undefined;
  return { low: Math.exp(mean - halfWidth), high: Math.exp(mean + halfWidth) };
}

/**
 * Of the ratio of two figures that were measured apart, from the interval of each: as far from it
 * as the two ends are from theirs, added as squares (the "method of variance estimates recovery",
 * Zou and Donner, "Construction of Confidence Limits about Effect Measures", Statistics in Medicine
 * 27, 2008), in logarithms.
 */
export function intervalOfRatio(of: FigureWithEnds, to: FigureWithEnds): Interval {
  const log = Math.log(of.value / to.value);
  const distance = (from: number, end: number) => Math.log(end / from) ** 2;
  const below = Math.sqrt(distance(of.value, of.low) + distance(to.value, to.high));
  const above = Math.sqrt(distance(of.value, of.high) + distance(to.value, to.low));
  return { low: Math.exp(log - below), high: Math.exp(log + above) };
}

/** Above zero, all three. */
export interface FigureWithEnds extends Interval {
  readonly value: number;
}

/** Student's quantile times the standard deviation: the half width for one launch. */
function spreadOf(stage: readonly number[]): number | undefined {
  if (stage.length < 2) return undefined;
  const mean = meanOf(stage);
  const squares = stage.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const freedom = stage.length - 1;
  return studentQuantile(freedom) * Math.sqrt(squares / freedom);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** 97.5 % quantiles of Student's t, by degrees of freedom from 1 (NIST/SEMATECH, 1.3.6.7.2). */
const quantiles = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
const normalQuantile = 1.959964;

/** Beyond the table by Abramowitz and Stegun, 26.7.5, exact to three places there. */
export function studentQuantile(freedom: number): number {
  const listed = quantiles[freedom - 1];
  if (listed !== undefined) return listed;
  const z = normalQuantile;
  const terms = [
    z,
    (z ** 3 + z) / 4,
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96,
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384,
  ];
  return terms.reduce((sum, term, power) => sum + term / freedom ** power, 0);
}
