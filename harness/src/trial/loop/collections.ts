/** When V8 collected garbage. */
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";

/**
 * Garbage collections from now on; the result gives the times at which they began, in milliseconds
 * of `performance.now()`.
 */
export function observeCollections(): () => Promise<number[]> {
  const startsMs: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) startsMs.push(entry.startTime);
  });
  observer.observe({ entryTypes: ["gc"] });
  return async () => {
    await setImmediate(); // entries are handed over by the event loop
    for (const entry of observer.takeRecords()) startsMs.push(entry.startTime);
    observer.disconnect();
    return startsMs;
  };
}
