/** CPU time of processes, as exact as the scheduler knows it. */
import { call, errnoOf, SystemError } from "./libc.ts";
import { scratch } from "./socket.ts";

/** What a process's number is shifted by in a clock of its own, and the kind: linux/posix-timers.h */
const clockShift = 3;
const CPUCLOCK_SCHED = 2;

/**
 * What all threads of a process had of CPUs until now, nanoseconds: clock_getcpuclockid(3). What
 * /proc says of a process that runs on another CPU is as old as the last tick, some milliseconds.
 *
 * @param pid also of a thread of the kernel's
 * @returns undefined where there is no such process
 */
export function processCpuNs(pid: number): number | undefined {
  const { view, address } = scratch();
  const clock = (~pid << clockShift) | CPUCLOCK_SCHED;
  try {
    call("clock_gettime", `read the CPU time of process ${pid}`, clock, address);
  } catch (error) {
    if (error instanceof SystemError && error.errno === errnoOf("EINVAL")) return undefined;
    throw error;
  }
  return Number(view.getBigInt64(0, true)) * 1e9 + Number(view.getBigInt64(8, true));
}
