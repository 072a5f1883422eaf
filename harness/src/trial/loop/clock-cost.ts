/**
 * What reading the clock takes, and how many windows a sample is of so that this does not show in
 * it. A frame through memory takes 20 ns, and reading the clock 30 to 60.
 */
import { medianSorted } from "simple-statistics";

/** A sample is at least as long as so many readings: reading it once is a hundredth of it. */
const readingsPerSample = 100;
const batches = 21;
const readingsPerBatch = 500;

/** Nanoseconds, at the median of some batches. */
export function measureClockNs(): number {
  const costs = Array.from({ length: batches }, () => {
    const begin = performance.now();
    for (let i = 2; i < readingsPerBatch; i++) performance.now();
    return ((performance.now() - begin) * 1e6) / readingsPerBatch;
  });
  return Math.round(medianSorted(costs.sort((a, b) => a - b)) * 10) / 10;
}

/** @param windowNs what a window takes, or what the clock makes of it: 0 is too short to tell */
export function windowsPerSample(windowNs: number, clockNs: number): number {
  if (clockNs === 0) return 1;
  const atLeastNs = Math.max(windowNs, clockNs);
  return Math.max(1, Math.ceil((readingsPerSample * clockNs) / atLeastNs));
}
