/** Where and for how long this process runs: CPU, network namespace, parent. */
import { closeSync, openSync, readFileSync, readlinkSync } from "node:fs";
import { constants } from "node:os";
import { ExitStatus, IopathError } from "@iopath/contract";
import { call, syscall } from "./libc.ts";
import { scratch } from "./socket.ts";

const CLONE_NEWNET = 0x4000_0000;
const PR_SET_PDEATHSIG = 1;

/** Pins the calling thread, and only it: V8's helper threads keep the CPUs they have. */
export function pinToCpu(cpu: number): void {
  const { u8, address } = scratch();
  const maskBytes = 128;
  u8.fill(0, 0, maskBytes);
  u8[cpu >>> 3] = 1 << (cpu & 7);
  call("sched_setaffinity", `pin this thread to CPU ${cpu}`, 0, maskBytes, address);
}

/** CPUs that this process may run on, from /proc/self/status. */
export function allowedCpus(): number[] {
  const status = readFileSync("/proc/self/status", "utf8");
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status)?.[1] ?? "0";
  return list.split(",").flatMap((range) => {
    const [first = 0, last = first] = range.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** The kernel ends this process when the one that started it ends, however that ends. */
export function dieWithParent(parentPid: number): void {
  syscall("prctl", "ask to end with the parent", PR_SET_PDEATHSIG, constants.signals.SIGKILL);
  if (process.ppid !== parentPid) process.exit(ExitStatus.terminated);
}

/**
 * Runs `body` with this thread in the network namespace that ip-netns(8) made under this name (in
 * the one it is in when there is no name), and comes back. Sockets, BPF links and files of
 * /proc/sys/net opened inside stay what they are. `body` must be synchronous.
 */
export function inNamespace<T>(name: string | undefined, body: () => T): T {
  if (name === undefined) return body();
  const home = openSync("/proc/thread-self/ns/net", "r");
  try {
    enterNamespace(name);
    try {
      return body();
    } finally {
      call("setns", "return to the first network namespace", home, CLONE_NEWNET);
    }
  } finally {
    closeSync(home);
  }
}

/** The network namespace that the calling thread is in, to come back to from another one. */
export class HeldNamespace implements Disposable {
  readonly #fd = openSync("/proc/thread-self/ns/net", "r");
  #open = true;

  /** Runs `body`, which must be synchronous, in the namespace. */
  within<T>(body: () => T): T {
    using home = new HeldNamespace();
    call("setns", "enter a held network namespace", this.#fd, CLONE_NEWNET);
    try {
      return body();
    } finally {
      call("setns", "return to the first network namespace", home.#fd, CLONE_NEWNET);
    }
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#fd);
  }
}

function enterNamespace(name: string): void {
  let fd: number;
  try {
    fd = openSync(`/run/netns/${name}`, "r");
  } catch (cause) {
    throw new IopathError(ExitStatus.cannotRun, `no network namespace named ${name}`, { cause });
  }
  try {
    call("setns", `enter network namespace ${name}`, fd, CLONE_NEWNET);
  } finally {
    closeSync(fd);
  }
}

/** Which network namespace this thread is in, as the kernel names it: "net:[4026531840]". */
export function currentNamespace(): string {
  return readlinkSync("/proc/thread-self/ns/net");
}
