/** CPU time of processes, as exact as the scheduler knows it. */
import { call, errnoOf, SystemError } from "./libc.ts";
import { scratch } from "./socket.ts";

/** A process's number in the number of its clock, and the clock's kind: linux/posix-timers.h */
const clockShift = 3;
const CPUCLOCK_SCHED = 2;
const CLOCK_THREAD_CPUTIME_ID = 3;

/**
 * What all threads of a process had of CPUs until now, nanoseconds: clock_getcpuclockid(3). What
 * /proc says of a process that runs on another CPU is as old as the last tick, some milliseconds.
 *
 * @param pid also of a thread of the kernel's
 * @returns undefined where there is no such process
 */
export function processCpuNs(pid: number): number | undefined {
  try {
    return readClock((~pid << clockShift) | CPUCLOCK_SCHED);
  } catch (error) {
    if (error instanceof SystemError && error.errno === errnoOf("EINVAL")) return undefined;
    throw error;
  }
}

/** What the calling thread had of CPUs until now, nanoseconds: clock_gettime(2). */
export function threadCpuNs(): number {
  return readClock(CLOCK_THREAD_CPUTIME_ID);
}

function readClock(clock: number): number {
  const { view, address } = scratch();
  call("clock_gettime", `read clock ${clock}`, clock, address);
  return Number(view.getBigInt64(0, true)) * 1e9 + Number(view.getBigInt64(8, true));
}
