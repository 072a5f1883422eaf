/**
 * Bins of latencies, as the sink counts them: a bin for each nanosecond up to 128, and then 128 for
 * each power of two, so that a bin is 0.8 % wide at most. The same layout as of an HdrHistogram, in
 * a form that a program in the kernel computes with shifts.
 */

export const binShift = 7;
const perPower = 1 << binShift;
/** What takes 2^38 ns (275 s) and more is in the last bin. */
export const largestExponent = 37;
/** A power of two, so that a mask keeps a bin within the map. */
export const binCount = 1 << 12;

/** Bin and count, of those that are not empty, ascending. */
export type Bins = readonly (readonly [bin: number, count: number])[];

/** The bin of a latency in whole nanoseconds. */
export function binOf(ns: number): number {
  if (ns < perPower) return ns;
  const exponent = Math.floor(Math.log2(ns));
  if (exponent > largestExponent) return binCount - 1;
  const within = Math.floor(ns / 2 ** (exponent - binShift)) - perPower;
  return (exponent - binShift + 1) * perPower + within;
}

/** The lowest latency that falls into a bin, in nanoseconds. */
export function lowestOf(bin: number): number {
  if (bin < perPower) return bin;
  const power = Math.floor(bin / perPower) - 1;
  return (perPower + (bin % perPower)) * 2 ** power;
}

/** What stands for all latencies of a bin: its middle. */
export function middleOf(bin: number): number {
  return Math.floor((lowestOf(bin) + lowestOf(bin + 1) - 1) / 2);
}

/** The sum of several, as of trials at one load. */
export function addBins(all: readonly Bins[]): Bins {
  const sums = new Map<number, number>();
  for (const [bin, count] of all.flat()) sums.set(bin, (sums.get(bin) ?? 0) + count);
  return [...sums].sort(([a], [b]) => a - b);
}
