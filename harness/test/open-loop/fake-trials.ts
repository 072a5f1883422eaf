/** Trials that a rule makes, in place of a device. */
import type { ForwarderCounts, Trial, TrialCounts } from "../../src/open-loop/protocol.ts";
import type { Trials } from "../../src/open-loop/trial.ts";

const noCounts: ForwarderCounts = {
  ...{ received: 0, sent: 0, unsent: 0, dropped: 0, overflowed: 0, syscalls: 0, wakeups: 0 },
  ...{ steps: 0, emptySteps: 0, cpuNs: 0, contextSwitches: 0, garbageCollections: 0 },
};

export function trialOf(
  counts: Partial<TrialCounts>,
  forwarder: Partial<ForwarderCounts> = {},
  effort: Partial<Trial["effort"]> = {},
): Trial {
  const offered = counts.offered ?? 1000;
  return {
    counts: {
      ...{ intended: offered, offered, forwarded: offered, duplicated: 0, reordered: 0 },
      ...{ corrupted: 0, foreign: 0, stale: 0, refused: null, sendingNs: 1e9, windowNs: 1e9 },
      ...{ forwardingNs: 1e9, takenNs: 0, skipped: 0, early: 0 },
      ...{ restless: false, maxNs: 5000, bins: [[400, offered]] },
      ...counts,
    },
    effort: {
      ...{ seconds: 1, forwarderCpuNs: 1e9, softirqNs: 0, idleShare: null },
      forwarder: { ...noCounts, received: counts.forwarded ?? offered, ...forwarder },
      ...effort,
    },
  };
}

/** A device that forwards up to its capacity, and a generator that sends up to its own. */
export function fakeTrials(
  capacity: number,
  generator: number,
): Trials & { made: number; elapsedMs(): number } {
  let ms = 0;
  const trials = {
    made: 0,
    elapsedMs: () => ms,
    async trial(rate: number | undefined, seconds: number) {
      trials.made++;
      ms += seconds * 1000;
      const sends = Math.min(rate ?? generator, generator);
      const offered = Math.round(sends * seconds);
      const intended = Math.round((rate ?? generator) * seconds);
      const forwarded = Math.min(offered, Math.round(capacity * seconds));
      return trialOf({ intended, offered, forwarded, sendingNs: Math.round(seconds * 1e9) });
    },
  };
  return trials;
}
