/** The CPUs that this process may use, and those of the machine. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { readIfThere } from "./if-there.ts";
import { call, errnoOf, SystemError } from "./libc.ts";
import { scratch } from "./socket.ts";

/**
 * Room for 8,192 CPUs, NR_CPUS of the largest kernels; sched_getaffinity(2) fails with too little.
 */
const maskBytes = 1024;

/** Pins the calling thread, and only it: V8's helper threads keep the CPUs they have. */
export function pinToCpu(cpu: number): void {
  try {
    setAffinity(0, cpu);
  } catch (cause) {
    if (!(cause instanceof SystemError) || cause.errno !== errnoOf("EINVAL")) throw cause;
    const may = formatCpus(allowedCpus());
    throw new IopathError(ExitStatus.cannotRun, `this process may not run on CPU ${cpu}`, {
      remedy: `name one of CPUs ${may}; a CPU set or taskset(1) narrows them, and some may be offline`,
      cause,
    });
  }
}

/** Pins another thread by its number, such as one of the kernel's. */
export function pinThreadToCpu(thread: number, cpu: number): void {
  setAffinity(thread, cpu);
}

/** linux/sched.h */
const SCHED_OTHER = 0;
const SCHED_FIFO = 1;
const SCHED_RESET_ON_FORK = 0x4000_0000;

/**
 * Gives a thread a real-time priority (SCHED_FIFO, sched(7)), or takes it away. Such a thread keeps
 * its CPU until it sleeps: whoever gives it one sees to it that it is taken away.
 *
 * @param thread by its number; 0 is the calling one
 * @param priority 1 to 99, or 0 for none
 */
export function setRealtime(thread: number, priority: number): void {
  const { view, address } = scratch();
  view.setInt32(0, priority, true);
  const policy = priority === 0 ? SCHED_OTHER : SCHED_FIFO | SCHED_RESET_ON_FORK;
  const what = `give thread ${thread} the real-time priority ${priority}`;
  call("sched_setscheduler", what, thread, policy, address);
}

/**
 * CPUs that this process may run on now, in ascending order: the kernel's answer leaves out those
 * that are offline, which /proc/self/status does not.
 */
export function allowedCpus(): number[] {
  const allowed = affinity(process.pid);
  const online = onlineCpus();
  const both = allowed.filter((cpu) => online.length === 0 || online.includes(cpu));
  return both.length > 0 ? both : allowed;
}

/** CPUs that are online on the machine; empty where it does not say. */
export function onlineCpus(): number[] {
  return readCpuList("/sys/devices/system/cpu/online");
}

/** CPUs as the kernel lists them in files: "0-3,8"; none where there is no such file. */
function readCpuList(file: string): number[] {
  return parseCpus(readIfThere(file) ?? "");
}

/** "0-3,8" as numbers. cpuset(7), List format */
export function parseCpus(list: string): number[] {
  const ranges = list.trim().split(",").filter(Boolean);
  return ranges.flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The reverse of `parseCpus`, of ascending numbers. */
export function formatCpus(cpus: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const cpu of cpus) {
    const last = ranges.at(-1);
    if (last?.[1] === cpu - 1) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

/** Of a process's main thread. */
function affinity(pid: number): number[] {
  const { u8, address } = scratch();
  u8.fill(0, 0, maskBytes);
  call("sched_getaffinity", "ask for this process's CPUs", pid, maskBytes, address);
  const isIn = (cpu: number) => (u8[cpu >>> 3]! & (1 << (cpu & 7))) !== 0;
  return Array.from({ length: maskBytes * 8 }, (_, cpu) => cpu).filter(isIn);
}

/** @param thread by its number; 0 is the calling one */
function setAffinity(thread: number, cpu: number): void {
  const { u8, address } = scratch();
  u8.fill(0, 0, maskBytes);
  u8[cpu >>> 3] = 1 << (cpu & 7);
  const what = `pin ${thread === 0 ? "this thread" : `thread ${thread}`} to CPU ${cpu}`;
  call("sched_setaffinity", what, thread, maskBytes, address);
}
