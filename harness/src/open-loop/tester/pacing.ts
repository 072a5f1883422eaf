/** When frames are due: the rules that the generator in the kernel and the one in here share. */

/**
 * What a machine takes from the generator's CPU is caught up by a burst of so many frames at most,
 * half of what the ring of a veth port holds (VETH_RING_SIZE, 256); the rest is not sent.
 */
const burstFrames = 128;
const patienceNsMin = 100_000;
const patienceNsMax = 5_000_000;
/** A trial of N frames ends with the last; this is what it may take longer than its time. */
const overtime = 1.002;

/** How many frames a trial is meant to have; undefined without a rate. */
export function intendedFrames(rate: number | undefined, seconds: number): number | undefined {
  return rate === undefined ? undefined : Math.max(1, Math.round(rate * seconds));
}

export interface Pace {
  /** Between two frames; 0 sends without a pause. */
  readonly intervalNs: number;
  /** So many are sent, and no more. */
  readonly wanted: number;
  /** After the first frame nothing is sent later than this. */
  readonly durationNs: number;
  /** A generator that is later than this gives up what it is late by. */
  readonly patienceNs: number;
}

/** @param rate frames per second; undefined for as fast as it goes */
export function paceOf(rate: number | undefined, seconds: number): Pace {
  const intervalNs = rate === undefined ? 0 : 1e9 / rate;
  const burstNs = Math.round(burstFrames * intervalNs);
  return {
    intervalNs,
    wanted: intendedFrames(rate, seconds) ?? Number.MAX_SAFE_INTEGER,
    durationNs: Math.round(seconds * 1e9 * (rate === undefined ? 1 : overtime)),
    patienceNs: Math.max(patienceNsMin, Math.min(patienceNsMax, burstNs)),
  };
}
