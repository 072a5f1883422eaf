/**
 * A workload as a user may write it, the example of the README: IPv4 to UDP port 53 passes, all
 * else is dropped.
 */
import { type Listing, newListing } from "../src/index.ts";

const about = {
  name: "dns-only",
  reasons: ["short", "not-ipv4", "fragment", "not-udp", "port", "udp-length"],
  counters: ["long-queries"],
  tagged: "not-ipv4",
} as const;

/** @param macs twelve bytes: the next hop's MAC, the egress port's MAC */
export function dnsOnly(macs: Uint8Array): Listing {
  return newListing(about, (p, frame) => {
    p.atLeast(42, "short"); // Ethernet, IPv4 without options, UDP
    p.drop("not-ipv4", frame.u32(12).and(0xffff_ff00).isNot(0x0800_4500));
    p.drop("fragment", frame.u16(20).and(0x3fff).isNot(0)); // offset, and "more fragments"
    p.drop("not-udp", frame.u8(23).isNot(17));
    p.drop("port", frame.u16(36).isNot(53));
    const udpBytes = p.let(frame.u16(38));
    p.drop("udp-length", udpBytes.isBelow(8), udpBytes.plus(34).isAbove(frame.bytes));
    p.if([udpBytes.isAbove(8 + 512)], () => p.count("long-queries"));
    p.write(0, macs);
  });
}
