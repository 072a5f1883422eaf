/** Latencies of frames under a load, and what of them is the machine's own. */
import { build, encodeIntoCompressedBase64, type Histogram } from "hdr-histogram-js";
import { type Bins, middleOf } from "./bins.ts";

/** By the names of columns. */
export const quantiles = { p50: 50, p90: 90, p99: 99, p999: 99.9, p9999: 99.99 } as const;
export type QuantileName = keyof typeof quantiles;
export const quantileNames = Object.keys(quantiles) as QuantileName[];

/** Fewer arrivals beyond a quantile say nothing of where it lies. */
const beyondMin = 5;
/** A quantile of which more than this can be the machine's own says nothing of the path. */
const ownShareMax = 0.5;

/** Nanoseconds; null where too few frames lie beyond. */
type Quantiles = Readonly<Record<QuantileName, number | null>>;

export function quantilesOf(bins: Bins): Quantiles {
  const histogram = histogramOf(bins);
  return Object.fromEntries(
    quantileNames.map((name) => {
      const percent = quantiles[name];
      const beyond = histogram.totalCount * (1 - percent / 100);
      return [name, beyond < beyondMin ? null : histogram.getValueAtPercentile(percent)];
    }),
  ) as Record<QuantileName, number | null>;
}

/** The V2 form of HdrHistogram, compressed and in base64, in nanoseconds. */
export function encodeBins(bins: Bins): string {
  return encodeIntoCompressedBase64(histogramOf(bins));
}

/** Three digits are finer than our bins; each stands at its middle. */
function histogramOf(bins: Bins): Histogram {
  const highest = middleOf(bins.at(-1)?.[0] ?? 0);
  const histogram = build({
    ...{ bitBucketSize: 64, lowestDiscernibleValue: 1, numberOfSignificantValueDigits: 3 },
    highestTrackableValue: Math.max(2, 2 * highest),
  });
  for (const [bin, count] of bins) histogram.recordValueWithCount(middleOf(bin), count);
  return histogram;
}

/**
 * What the machine's noise makes of a quantile, of the noisier one of its CPUs; 0 where the CPUs
 * were never taken away for as long.
 */
export function floorOf(ofCpus: readonly Bins[]): Record<QuantileName, number> {
  const all = ofCpus.map(quantilesOf);
  return Object.fromEntries(
    quantileNames.map((name) => [name, Math.max(0, ...all.map((one) => one[name] ?? 0))]),
  ) as Record<QuantileName, number>;
}

/** The highest quantile that is the path's and not the machine's; empty when none is. */
export function usableTo(
  measured: Quantiles,
  floor: Readonly<Record<QuantileName, number>>,
): QuantileName | "" {
  let usable: QuantileName | "" = "";
  for (const name of quantileNames) {
    const value = measured[name];
    if (value === null || floor[name] > value * ownShareMax) break;
    usable = name;
  }
  return usable;
}
