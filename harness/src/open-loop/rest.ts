/**
 * Rests between trials with real-time priority. Of each second Linux owes 50 ms of a CPU to threads
 * without it, and takes them in one piece: 950 ms after one of them had to wait (the fair server,
 * kernel/sched/deadline.c), or when 950 ms of a second are used (sched_rt_runtime_us, sched(7),
 * where groups have shares of their own and before Linux 6.12). A trial that this falls into has
 * lost 50 ms of its forwarder. Others who have had their 50 ms before a trial are owed nothing
 * until it ends, if it is short enough.
 */
import type { Profile } from "./profile.ts";

/** Milliseconds in which both CPUs are left to others: what they are owed, and the way there. */
export const restMs = 60;
/** Seconds after a rest in which the kernel takes nothing, the generator's setup included. */
const undisturbedS = 0.89;

const sleeping = new Int32Array(new SharedArrayBuffer(4));

/** The calling thread sleeps meanwhile. */
export function rest(ms: number): void {
  if (ms > 0) Atomics.wait(sleeping, 0, 0, ms);
}

/** For a row: who has the CPUs before all else, and when not. */
export function describeRealtime({ goals, latencyS }: Profile): string {
  const longestS = Math.max(latencyS, ...goals.map(({ finalTrialS }) => finalTrialS));
  return longestS <= undisturbedS
    ? `real-time, after ${restMs} ms for others`
    : "real-time, but for 50 ms of each second that others ask for";
}
