/**
 * A forwarder in C, compiled with gcc and loaded into this process, under the contract of the
 * others.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Counters, type Forwarder, hopBytes, hopOf, type PortSpec } from "@iopath/contract";
import { interfaceIndex, viewOf } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { redirectToSocket } from "@iopath/xdp";
import koffi from "koffi";

/** The variants that have a peer, and the C file of each. */
export const peers = {
  "packet-mmsg": "packet-mmsg.c",
  "packet-ring": "packet-ring.c",
  "udp-mmsg": "udp-mmsg.c",
  "io-uring": "io-uring.c",
  "af-xdp": "af-xdp.c",
} as const;
export type PeerName = keyof typeof peers;

const folder = import.meta.dirname;
const compilerFlags = ["-O3", "-march=native", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"];

/** Compiles the peer; returns the library's file. */
export function compilePeer(name: PeerName): string {
  const build = join(folder, "build");
  mkdirSync(build, { recursive: true });
  const library = join(build, `${name}.so`);
  execFileSync("gcc", [...compilerFlags, "-o", library, join(folder, peers[name])]);
  return library;
}

/** struct counters of workload.h: received, sent, unsent, six reasons; 64 bits each. */
const counterBytes = 9 * 8;

/** struct ends of workload.h */
function writeEnds([from, to]: readonly [PortSpec, PortSpec]): Uint8Array {
  const indexes = Int32Array.of(interfaceIndex(from.device), interfaceIndex(to.device));
  const addresses = [from.ipv4, to.neighbor.ipv4].flatMap((ipv4) => ipv4.split(".").map(Number));
  const rewrite = hopBytes(hopOf(to));
  return Uint8Array.from([...new Uint8Array(indexes.buffer), ...addresses, ...rewrite]);
}

/** Opens the peer on [ingress, egress] of the calling thread's namespace. */
export function openPeer(
  name: string,
  library: string,
  ports: readonly [PortSpec, PortSpec],
  burst: number,
): Forwarder {
  const c = koffi.load(library);
  const open = c.func("peer_open", "int", ["uint8_t *", "uint"]);
  const step = c.func("peer_step", "int", []) as unknown as () => number;
  const close = c.func("peer_close", "void", []);
  const countersAt = c.func("peer_counters", "uintptr_t", [])() as number;
  const fd = open(writeEnds(ports), burst) as number;
  if (fd < 0) throw new Error(`the C peer of ${name} can't be opened`);
  const attached = name === "af-xdp" ? redirectToSocket(fd, ports[0], "native") : undefined;
  const counters = () => readCounters(countersAt);
  const dispose = () => {
    attached?.[Symbol.dispose]();
    close();
  };
  // It has its ports and the workload in one; nothing of it is stepped but the whole.
  const path = { kind: "attached", counters, [Symbol.dispose]: dispose } as const;
  const workload = ipv4Forward; // of the same frames, written again in C
  return { path, workload, step, counters, [Symbol.dispose]: dispose };
}

export function readCounters(address: number): Counters {
  const values = Array.from(new BigUint64Array(viewOf(address, counterBytes)), Number);
  const [received = 0, sent = 0, unsent = 0, ...dropped] = values;
  return { received, sent, unsent, dropped: Uint32Array.from(dropped) };
}
