/** Threads of tester and forwarder: what they had of their CPUs, and the priority that they get. */
import { ifThere, processCpuNs, setRealtime } from "@iopath/native";

/** Now, and what of their CPUs threads had until now; one that is gone fails its own process. */
export function timesOf(threads: readonly number[]) {
  const cpuNs = threads.reduce((sum, one) => sum + (processCpuNs(one) ?? 0), 0);
  return { atNs: Number(process.hrtime.bigint()), cpuNs };
}

/** By their numbers; 0 is the calling thread. */
interface RealtimeThreads {
  readonly first: readonly number[];
  /** Those that run only when none of the first wants to. */
  readonly below: readonly number[];
}

const realtimePriority = 10;

/**
 * Gives threads real-time priority, and takes it away from all of them when disposed. A thread that
 * is gone by then has none.
 */
export function giveRealtime({ first, below }: RealtimeThreads): Disposable {
  using giving = new DisposableStack();
  const give = (thread: number, priority: number) => {
    giving.defer(() => ifThere(() => setRealtime(thread, 0)));
    setRealtime(thread, priority);
  };
  for (const thread of below) give(thread, realtimePriority - 1);
  for (const thread of first) give(thread, realtimePriority);
  return giving.move();
}
