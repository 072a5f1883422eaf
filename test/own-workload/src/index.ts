/** The worked example of docs/workloads.md: UDP to ports 2048 to 2303 passes, nothing else. */
import { type Hop, hopBytes, type RandomFrame, type Workload } from "@iopath/contract";
import { type Listing, newListing } from "@iopath/packet-language";
import { formsOf, ipv4Forward } from "@iopath/workloads";

const reasons = ["ethertype", "short", "not-plain-udp", "port"] as const;

/** @param macs twelve bytes: the next hop's MAC, the egress port's MAC */
function listing(macs: Uint8Array): Listing {
  return newListing({ name: "port-filter", reasons, tagged: "ethertype" }, (p, frame) => {
    p.atLeast(14, "short");
    p.drop("ethertype", frame.u16(12).isNot(0x0800));
    p.atLeast(42, "short"); // Ethernet, IPv4 without options, UDP
    const isFragment = frame.u16(20).and(0x3fff).isNot(0);
    p.drop("not-plain-udp", frame.u8(14).isNot(0x45), frame.u8(23).isNot(17), isFragment);
    p.drop("port", frame.u8(36).isNot(8));
    p.write(0, macs);
  });
}

/** The same, byte by byte: what the listing is judged by. */
function reference(frame: Uint8Array, hop: Hop): ReturnType<Workload["reference"]> {
  const drop = (reason: (typeof reasons)[number]) => ({ forwarded: false, reason }) as const;
  if (frame.length < 14) return drop("short");
  if (frame[12] !== 0x08 || frame[13] !== 0x00) return drop("ethertype");
  if (frame.length < 42) return drop("short");
  const isWhole = (frame[20]! & 0x3f) === 0 && frame[21] === 0;
  if (frame[14] !== 0x45 || frame[23] !== 17 || !isWhole) return drop("not-plain-udp");
  if (frame[36] !== 8) return drop("port");
  const out = Uint8Array.from(frame);
  out.set(hopBytes(hop));
  return { forwarded: true, frame: out };
}

/** Those of ipv4-forward, most of them to a port that passes. */
function randomFrames(seed: number, macs: Hop): () => RandomFrame {
  const next = ipv4Forward.randomFrames(seed, macs);
  let count = 0;
  return () => {
    const { kind, frame } = next();
    if (++count % 4 > 0 && frame.length > 36) frame[36] = 8;
    return { kind, frame };
  };
}

export const workload: Workload = {
  name: "port-filter",
  summary: "UDP to ports 2048 to 2303 passes with new MACs",
  reasons,
  ...formsOf(listing),
  reference,
  randomFrames,
  // Its frames go to these ports: the destination port of flow 0 is 2048.
  measuring: ipv4Forward.measuring,
  identityOf: ipv4Forward.identityOf,
  isOurs: ipv4Forward.isOurs,
  isAnswer: () => false,
};
