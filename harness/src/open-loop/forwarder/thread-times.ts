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
  const folder = `/proc/${thread}/task/${thread}`;
  const [cpuNs = "0"] = readFileSync(`${folder}/schedstat`, "utf8").split(" ");
  return { cpuNs: Number(cpuNs), contextSwitches: contextSwitches(folder) };
}
