/**
 * What the machine itself adds to latencies: how long a CPU is taken away from whoever wants it.
 * A loop looks at the clock; where it comes back later than usual, something else had the CPU. A
 * frame that arrives in such a gap waits for its end, so that each nanosecond of a gap is an
 * arrival that waits for the rest of it.
 */
import { addBins, type Bins, binOf } from "./bins.ts";
import type { NoiseOrder } from "./protocol.ts";
import { rest, restMs } from "./rest.ts";
import { giveRealtime } from "./threads.ts";

/** Two looks are never closer than the loop is slow; what is longer was an interruption. */
const usualGapNs = 1000;

/**
 * As a process that is pinned to a CPU is asked to, with the priority that it has in trials: the
 * noise is what is left then. Nobody else of ours may want that CPU meanwhile.
 */
export function watchOwnCpu({ seconds, realtime }: NoiseOrder): Bins {
  rest(realtime ? restMs : 0);
  using _priority = realtime ? giveRealtime({ first: [0], below: [] }) : undefined;
  return watchNoise(seconds);
}

/**
 * Watches the CPU that the calling thread is pinned to.
 *
 * @returns arrivals, one per nanosecond of the time, by how long they would wait
 */
export function watchNoise(seconds: number, now: () => number = monotonicNs): Bins {
  const gaps = new Float64Array(1 << 16);
  let count = 0;
  let before = now();
  const first = before;
  const end = before + seconds * 1e9;
  while (before < end && count < gaps.length) {
    const at = now();
    if (at - before > usualGapNs) gaps[count++] = at - before;
    before = at;
  }
  return arrivalsOf(gaps.subarray(0, count), before - first);
}

/** @param totalNs of the watch, gaps included */
export function arrivalsOf(gaps: Iterable<number>, totalNs: number): Bins {
  const waiting: Bins[] = [];
  let inGaps = 0;
  for (const gap of gaps) {
    inGaps += gap;
    waiting.push(arrivalsWithin(gap));
  }
  return addBins([[[0, Math.max(0, Math.round(totalNs - inGaps))]], ...waiting]);
}

const slices = 64;

/** A gap of g nanoseconds has g arrivals, which wait from g down to nothing. */
function arrivalsWithin(gap: number): Bins {
  const share = Math.max(1, Math.round(gap / slices));
  return Array.from({ length: slices }, (_, i) => {
    const waits = (gap * (slices - i - 0.5)) / slices;
    return [binOf(Math.floor(waits)), share] as const;
  });
}

function monotonicNs(): number {
  return performance.now() * 1e6;
}
