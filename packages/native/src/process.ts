/** Where and for how long this process runs: network namespace, parent. */
import { closeSync, openSync, readlinkSync, statSync } from "node:fs";
import { constants } from "node:os";
import { ExitStatus, IopathError } from "@iopath/contract";
import { ifThere, namesIfThere, notOurs } from "./if-there.ts";
import { call, syscall } from "./libc.ts";

const CLONE_NEWNET = 0x4000_0000;
/** Where ip-netns(8) keeps its namespaces. */
const namedNamespaces = "/run/netns";
const PR_SET_PDEATHSIG = 1;

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
  return inNamespaceOf(`${namedNamespaces}/${name}`, body, `no network namespace named ${name}`);
}

/**
 * As `inNamespace`, for the namespace behind a file such as /proc/4711/ns/net.
 *
 * @param missing what an error says where there is no such file
 */
export function inNamespaceOf<T>(
  file: string,
  body: () => T,
  missing = `no network namespace at ${file}`,
): T {
  const home = openSync("/proc/thread-self/ns/net", "r");
  try {
    enterNamespace(file, missing);
    try {
      return body();
    } finally {
      call("setns", "return to the first network namespace", home, CLONE_NEWNET);
    }
  } finally {
    closeSync(home);
  }
}

/**
 * A file of the network namespace that the kernel calls so, such as "net:[4026531840]": by its name
 * of ip-netns(8), or of a process in it. Undefined where neither leads to it.
 */
export function findNamespace(id: string): string | undefined {
  const inode = /\d+/.exec(id)?.[0];
  const named = namesIfThere(namedNamespaces)
    .map((name) => `${namedNamespaces}/${name}`)
    .find((file) => inodeOf(file) === inode);
  if (named !== undefined) return named;
  return namesIfThere("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => `/proc/${pid}/ns/net`)
    .find((file) => inodeOf(file) === inode);
}

/** Undefined for what is gone by now, or may not be looked at: another user's process. */
function inodeOf(file: string): string | undefined {
  return ifThere(() => String(statSync(file).ino), ...notOurs);
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

function enterNamespace(file: string, missing: string): void {
  let fd: number;
  try {
    fd = openSync(file, "r");
  } catch (cause) {
    throw new IopathError(ExitStatus.cannotRun, missing, { cause });
  }
  try {
    call("setns", `enter network namespace ${file}`, fd, CLONE_NEWNET);
  } finally {
    closeSync(fd);
  }
}

/** Which network namespace this thread is in, as the kernel names it: "net:[4026531840]". */
export function currentNamespace(): string {
  return readlinkSync("/proc/thread-self/ns/net");
}
