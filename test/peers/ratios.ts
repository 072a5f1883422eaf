/**
 * Ratios of times that were measured side by side, and how sure they are. A process has a level of
 * its own, so it gives one ratio, the median of its rounds; the interval is over processes.
 */
import { estimateOver, intervalOfLogs } from "@iopath/harness/testers";
import { medianSorted, quantileSorted } from "simple-statistics";

const ascending = (values: readonly number[]) => values.toSorted((a, b) => a - b);

/** The median of the ratios of neighbours in time. */
export function ratioOf(theirs: readonly number[], ours: readonly number[]): number {
  return medianSorted(ascending(theirs.map((ns, i) => ns / ours[i]!)));
}

/** "1.062 [1.055 to 1.070]": the geometric mean over processes with its 95 % interval. */
export function ratioInWords(ratios: readonly number[]): string {
  if (ratios.length === 0) return "";
  const estimate = estimateOver(ratios.map(Math.log), ratios.length);
  const interval = intervalOfLogs(estimate);
  const mean = Math.exp(estimate.mean).toFixed(3);
  if (!interval) return mean;
  return `${mean} [${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}]`;
}

export function p10(ns: readonly number[]): number {
  return quantileSorted(ascending(ns), 0.1);
}

export function median(values: readonly number[]): number {
  return medianSorted(ascending(values));
}
