/**
 * What the sampled windows took besides time: calls into the kernel, and switches of this thread.
 */
import { readFileSync } from "node:fs";
import type { Forwarder } from "@iopath/contract";

export interface Effort {
  /** System calls of the forwarder; null without a forwarder, or where it does not count them. */
  readonly syscalls: number | null;
  /** Those of them that only tell the kernel to go on. */
  readonly wakeups: number | null;
  /** Times that the measuring thread slept, and that it was made to wait, together. */
  readonly contextSwitches: number;
}

/** Since the forwarder was opened and the thread was started. */
export function readEffort(forwarder: Forwarder | undefined): Effort {
  const counters = forwarder?.counters();
  return {
    syscalls: counters?.syscalls ?? null,
    wakeups: counters?.wakeups ?? null,
    contextSwitches: contextSwitches(),
  };
}

export function effortSince(before: Effort, now: Effort): Effort {
  const difference = (from: number | null, to: number | null) =>
    from === null || to === null ? null : to - from;
  return {
    syscalls: difference(before.syscalls, now.syscalls),
    wakeups: difference(before.wakeups, now.wakeups),
    contextSwitches: now.contextSwitches - before.contextSwitches,
  };
}

/** Of some of the windows, in whole numbers. */
export function shareOf({ syscalls, wakeups, contextSwitches }: Effort, share: number): Effort {
  const part = (count: number) => Math.round(count * share);
  return {
    syscalls: syscalls === null ? null : part(syscalls),
    wakeups: wakeups === null ? null : part(wakeups),
    contextSwitches: part(contextSwitches),
  };
}

/** voluntary_ctxt_switches and nonvoluntary_ctxt_switches of proc_pid_status(5): this thread's. */
export function contextSwitches(): number {
  const status = readFileSync("/proc/thread-self/status", "utf8");
  const counts = status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s*(\d+)$/gm);
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}
