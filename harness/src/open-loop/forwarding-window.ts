/**
 * What those that forward had of their CPUs while a tester on another machine sent. Its processes
 * and its clock say nothing about threads of this machine: they get their priority from here, and
 * are looked at from here, over a time that begins before its order leaves and ends when its answer
 * is there.
 */
import { giveRealtime, timesOf } from "./threads.ts";

interface ForwardingThreads {
  readonly forwarding: readonly number[];
  readonly beside: readonly number[];
  readonly polls: boolean;
  readonly realtime: boolean;
}

export async function watchForwarding(
  { forwarding, beside, polls, realtime }: ForwardingThreads,
  send: () => Promise<unknown>,
) {
  using _priority = realtime ? giveRealtime({ first: forwarding, below: beside }) : undefined;
  const begin = timesOf(forwarding);
  await send();
  return windowBetween(begin, timesOf(forwarding), polls);
}

type Times = ReturnType<typeof timesOf>;

/** What those that forward had of a time; what others had of it, null for one that sleeps. */
export function windowBetween(begin: Times, end: Times, polls: boolean) {
  const windowNs = end.atNs - begin.atNs;
  const forwardingNs = end.cpuNs - begin.cpuNs;
  return { windowNs, forwardingNs, takenNs: polls ? Math.max(0, windowNs - forwardingNs) : null };
}
