/**
 * DPDK's af_xdp driver, with the libxdp of Debian 12, leaves each AF_XDP socket open and its rings mapped
 * when it is closed (xsk_umem__delete() answers EBUSY), so that no other could be bound to the queue
 * until the process ends. What is left of those that were opened meanwhile is released here.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { call } from "@iopath/native";

const letGoMs = 250;
const folder = "/proc/self/fd";

export class LeakedSockets implements Disposable {
  readonly #before = openSockets();
  #opened = new Map<number, string>();

  /** To be called when the driver has opened all that it will. */
  opened(): void {
    this.#opened = new Map(
      [...openSockets()].filter(([fd, name]) => this.#before.get(fd) !== name),
    );
  }

  /** Those that are still open are the very same sockets: the kernel numbers them uniquely. */
  [Symbol.dispose](): void {
    const now = openSockets();
    for (const [fd, name] of this.#opened) {
      if (now.get(fd) !== name) continue;
      unmapAll(name);
      call("close", `close ${name}`, fd);
    }
    // The kernel lets go of a queue later than of its socket; until then the next bind is EBUSY.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, letGoMs);
  }
}

/** Descriptor and name, "socket:[4711]", of every socket of this process. */
function openSockets(): Map<number, string> {
  const sockets = new Map<number, string>();
  for (const entry of readdirSync(folder)) {
    try {
      const name = readlinkSync(`${folder}/${entry}`);
      if (name.startsWith("socket:")) sockets.set(Number(entry), name);
    } catch {
      // the descriptor that the folder itself was read with is closed by now
    }
  }
  return sockets;
}

function unmapAll(name: string): void {
  for (const line of readFileSync("/proc/self/maps", "utf8").split("\n")) {
    if (!line.endsWith(name)) continue;
    const [from = "", to = ""] = line.split(" ")[0]!.split("-");
    const address = Number.parseInt(from, 16);
    call("munmap", `unmap a ring of ${name}`, address, Number.parseInt(to, 16) - address);
  }
}
