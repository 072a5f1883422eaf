/** A shared machine, played: what equal and unequal code looks like in paired slices. */
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Uniform from 0 up to but not 1, the same for the same seed. */
export function uniformFrom(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => (generator.next() >>> 0) / 2 ** 32;
}

interface Machine {
  /** Noise of a slice, as a standard deviation of its logarithm. */
  readonly sliceNoise: number;
  /** How often other work comes for a while, and by what factor it slows everything down. */
  readonly burstChance: number;
  readonly burstCost: number;
  /** What the machine drifts by from slice to slice. */
  readonly drift: number;
  /** How much one launch of equal code differs from the other. */
  readonly launchBias: number;
}

/** Calm enough to measure, and nothing more: as figures of a shared two-core machine look. */
export const sharedMachine: Machine = {
  sliceNoise: 0.03,
  burstChance: 0.05,
  burstCost: 0.4,
  drift: 0.01,
  launchBias: 0.003,
};

/**
 * Pairs of `launches` launches with `pairs` pairs each; the candidate costs `effect` more,
 * relatively.
 */
export function playPairs(
  random: () => number,
  { effect, launches, pairs }: { effect: number; launches: number; pairs: number },
  machine: Machine = sharedMachine,
): number[] {
  const values: number[] = [];
  let level = 0;
  let burst = 0;
  const slice = () => {
    level += machine.drift * normal(random);
    if (random() < machine.burstChance) burst = burst > 0 ? 0 : machine.burstCost * random();
    return level + burst + machine.sliceNoise * normal(random);
  };
  for (let launch = 0; launch < launches; launch++) {
    const candidate = Math.log1p(effect) + machine.launchBias * normal(random);
    for (let pair = 0; pair < pairs; pair++) {
      const [first, second] = [slice(), slice()];
      values.push(candidate + (random() < 0.5 ? second - first : first - second));
    }
  }
  return values;
}

/** Box and Muller. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
