/** The samples of a cell as a histogram: bounded, however long the run was. */

import type { Journal } from "../journal/journal.ts";
import { clocksOf } from "../matrix/cell.ts";
import { inUnitOf } from "../matrix/clock.ts";

/** Samples of each cell in the unit of its row, a list per trial, each ascending. */
export type SamplesByCell = ReadonlyMap<string, readonly (readonly number[])[]>;

export function collectSamples({ events, run }: Pick<Journal, "events" | "run">): SamplesByCell {
  const found = new Map<string, (readonly number[])[]>();
  const clocks = clocksOf(run.config);
  for (const entry of events) {
    if (entry.event !== "trial" || entry.result.status !== "measured") continue;
    const clock = clocks.get(entry.cell);
    if (clock === undefined) continue;
    const { samplesNs } = entry.result;
    const samples = clock === "wall" ? samplesNs : samplesNs.map((ns) => inUnitOf(clock, ns));
    const trials = found.get(entry.cell);
    if (trials) trials.push(samples);
    else found.set(entry.cell, [samples]);
  }
  return found;
}

/** Bins of equal width on a logarithmic scale. */
export interface Bins {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** Share of all samples in each bin; those outside are in none. */
export function histogram(trials: readonly (readonly number[])[], bins: Bins): number[] {
  const counts = new Array<number>(bins.count).fill(0);
  const scale = bins.count / Math.log(bins.high / bins.low);
  let total = 0;
  for (const samples of trials) {
    for (const sample of samples) {
      const bin = Math.floor(Math.log(sample / bins.low) * scale);
      if (bin >= 0 && bin < bins.count) counts[bin]!++;
      total++;
    }
  }
  return counts.map((count) => count / Math.max(1, total));
}

/** The `count + 1` edges. */
export function edgesOf({ low, high, count }: Bins): number[] {
  return Array.from({ length: count + 1 }, (_, i) => low * (high / low) ** (i / count));
}
