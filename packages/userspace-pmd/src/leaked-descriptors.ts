/**
 * Descriptors that DPDK's drivers leave open when they are closed (22.11). af_xdp, with the libxdp
 * of Debian 12: each AF_XDP socket with its rings mapped (xsk_umem__delete() answers EBUSY), so
 * that no other could be bound to the queue until the process ends, and libxdp's program and map.
 * What is left of those that were opened meanwhile is released here.
 */
import { readdirSync, readFileSync } from "node:fs";
import { sleepSync } from "@iopath/lab";
import { call, linkIfThere } from "@iopath/native";

const settleMs = 20;
const folder = "/proc/self/fd";

export class LeakedDescriptors implements Disposable {
  readonly #before = openDescriptors();
  readonly #letGoMs: number;
  #opened = new Map<number, string>();
  #atClose: Map<number, string> | undefined;

  /** @param letGoMs how long what the descriptors hold stays held after they are closed */
  constructor(letGoMs: number) {
    this.#letGoMs = letGoMs;
  }

  /** To be called when the driver has opened all that it will. */
  opened(): void {
    this.#opened = new Map(
      [...openDescriptors()].filter(([fd, name]) => this.#before.get(fd) !== name),
    );
  }

  /** To be called right before the driver closes, which opens some as well. */
  closing(): void {
    this.#atClose = openDescriptors();
  }

  /**
   * One that is still open under the name that it had is the same one: nobody else opens its kind.
   */
  [Symbol.dispose](): void {
    sleepSync(settleMs); // a thread of DPDK's closes some by itself
    for (const [fd, name] of openDescriptors()) {
      const duringOpen = this.#opened.get(fd) === name;
      const duringClose = this.#atClose !== undefined && this.#atClose.get(fd) !== name;
      if (!duringOpen && !duringClose) continue;
      if (name.startsWith("socket:")) unmapAll(name);
      call("close", `close ${name}`, fd);
    }
    sleepSync(this.#letGoMs);
  }
}

/** Descriptor and name, "socket:[4711]" or "anon_inode:bpf-map", of what drivers may leave open. */
function openDescriptors(): Map<number, string> {
  const found = new Map<number, string>();
  for (const entry of readdirSync(folder)) {
    // The descriptor that the folder itself was read with is closed by now.
    const name = linkIfThere(`${folder}/${entry}`) ?? "";
    if (/^socket:|^anon_inode:bpf/.test(name)) found.set(Number(entry), name);
  }
  return found;
}

function unmapAll(name: string): void {
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    if (!line.endsWith(name)) continue;
    const [from = "", to = ""] = line.split(" ")[0]!.split("-");
    const address = Number.parseInt(from, 16);
    call("munmap", `unmap a ring of ${name}`, address, Number.parseInt(to, 16) - address);
  }
}
