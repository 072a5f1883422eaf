/**
 * How sure a ratio of two medians is: a bootstrap in two stages (Davison and Hinkley, Bootstrap
 * Methods and their Application, 3.8). Trials are drawn first and samples within them second, since
 * samples of one trial are alike: drawn as if they had nothing in common, they would promise far
 * too much.
 */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { quantileSorted } from "simple-statistics";
import type { Interval } from "./interval.ts";

const draws = 1000;
/** Of the interval: 95 % of all draws lie inside. */
const tail = 0.025;

/** Samples of a cell, a list per trial, each ascending. */
export type Trials = readonly (readonly number[])[];

/**
 * The interval of median(b) / median(a), by percentiles; the same for the same samples in every
 * run. Undefined where a side has no samples.
 */
export function ratioInterval(a: Trials, b: Trials): Interval | undefined {
  const [from, to] = [poolOf(a), poolOf(b)];
  if (!from || !to) return undefined;
  const random = uniformFrom(1);
  const ratios = new Float64Array(draws);
  for (let i = 0; i < draws; i++) ratios[i] = drawMedian(to, random) / drawMedian(from, random);
  ratios.sort();
  const sorted = ratios as unknown as number[];
  return { low: quantileSorted(sorted, tail), high: quantileSorted(sorted, 1 - tail) };
}

/** All samples ascending, and for each trial where in there its own are. */
interface Pool {
  readonly values: Float64Array;
  readonly ranks: readonly Uint32Array[];
  /** How often a draw took each; zero between draws. */
  readonly counts: Uint32Array;
}

function poolOf(trials: Trials): Pool | undefined {
  const filled = trials.filter(({ length }) => length > 0);
  if (filled.length === 0) return undefined;
  const tagged = filled.flatMap((samples, trial) => samples.map((value) => ({ value, trial })));
  tagged.sort((x, y) => x.value - y.value);
  const ranks: number[][] = filled.map(() => []);
  for (const [rank, { trial }] of tagged.entries()) ranks[trial]!.push(rank);
  return {
    values: Float64Array.from(tagged, ({ value }) => value),
    ranks: ranks.map((list) => Uint32Array.from(list)),
    counts: new Uint32Array(tagged.length),
  };
}

/** The median of one draw: by counting ranks, so that nothing needs to be sorted again. */
function drawMedian({ values, ranks, counts }: Pool, random: () => number): number {
  let drawn = 0;
  for (let i = 0; i < ranks.length; i++) {
    const trial = ranks[Math.floor(random() * ranks.length)]!;
    for (let j = 0; j < trial.length; j++) counts[trial[Math.floor(random() * trial.length)]!]!++;
    drawn += trial.length;
  }
  let below = 0;
  let rank = 0;
  for (; rank < counts.length; rank++) {
    below += counts[rank]!;
    if (below * 2 >= drawn) break;
  }
  counts.fill(0);
  return values[rank]!;
}

/** Numbers from 0 up to but not 1, the same for the same seed. */
export function uniformFrom(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => (generator.next() >>> 0) / 2 ** 32;
}
