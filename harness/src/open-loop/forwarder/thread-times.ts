/** What a thread took, as the kernel counts it: proc(5), schedstat and status. */
import { readFileSync } from "node:fs";
import { contextSwitches } from "../../trial/loop/effort.ts";

interface ThreadTimes {
  /**
   * Time on a CPU. Interrupts and softirqs that ran meanwhile are in it where the kernel does not
   * count them apart (no CONFIG_IRQ_TIME_ACCOUNTING).
   */
  readonly cpuNs: number;
  readonly contextSwitches: number;
}

/** @param thread by its number; that of a process is its main thread's */
export function readThreadTimes(thread: number): ThreadTimes {
  return { cpuNs: readCpuNs(thread), contextSwitches: contextSwitches(folderOf(thread)) };
}

function readCpuNs(thread: number): number {
  const [cpuNs = "0"] = readFileSync(`${folderOf(thread)}/schedstat`, "utf8").split(" ");
  return Number(cpuNs);
}

function folderOf(thread: number): string {
  return `/proc/${thread}/task/${thread}`;
}
