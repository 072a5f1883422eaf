/** A forwarder in C under the contract of the others. */
import { type Forwarder, hopBytes, hopOf, type PortSpec } from "@iopath/contract";
import { interfaceIndex } from "@iopath/native";
import { ipv4Forward } from "@iopath/workloads";
import { redirectToSocket } from "@iopath/xdp";
import type { LibraryHandle } from "koffi";
import { type Form, loadInC, readCounters } from "./c-library.ts";

/** The variants that have a peer, and the C file of each. */
export const peers = {
  "packet-mmsg": "packet-mmsg.c",
  "packet-ring": "packet-ring.c",
  "udp-mmsg": "udp-mmsg.c",
  "io-uring": "io-uring.c",
  "af-xdp": "af-xdp.c",
} as const;
export type PeerName = keyof typeof peers;

/** struct ends of workload.h */
function writeEnds([from, to]: readonly [PortSpec, PortSpec], macs: Uint8Array): Uint8Array {
  const indexes = Int32Array.of(interfaceIndex(from.device), interfaceIndex(to.device));
  const addresses = [from.ipv4, to.neighbor.ipv4].flatMap((ipv4) => ipv4.split(".").map(Number));
  return Uint8Array.from([...new Uint8Array(indexes.buffer), ...addresses, ...macs]);
}

interface Peer extends Forwarder {
  readonly library: LibraryHandle;
}

/** Opens the peer on [ingress, egress] of the calling thread's namespace. */
export function openPeer(
  name: PeerName,
  form: Form,
  ports: readonly [PortSpec, PortSpec],
  burst: number,
): Peer {
  const macs = hopBytes(hopOf(ports[1]));
  const c = loadInC(peers[name], form, macs);
  const open = c.func("peer_open", "int", ["uint8_t *", "uint"]);
  const step = c.func("peer_step", "int", []) as unknown as () => number;
  const close = c.func("peer_close", "void", []);
  const countersAt = c.func("peer_counters", "uintptr_t", [])() as number;
  const fd = open(writeEnds(ports, macs), burst) as number;
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
  return { path, workload, step, counters, library: c, [Symbol.dispose]: dispose };
}
