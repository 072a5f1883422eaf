/** The workload `ipv4-forward`: new MACs, TTL 1 lower, header checksum updated (RFC 1624). */
import { type Listing, newListing } from "../src/index.ts";

/** Why `ipv4-forward` drops a frame, in the order in which the checks are made. */
export const reasons = [
  "short", // fewer than 34 bytes: no room for an Ethernet and an IPv4 header
  "ethertype", // not IPv4 (VLAN-tagged frames included)
  "version", // the IPv4 header does not say version 4
  "header-length", // IHL below 5
  "total-length", // total length below the header's, or beyond the frame
  "ttl", // TTL 0 or 1
] as const;

export type DropReason = (typeof reasons)[number];

/** @param macs twelve bytes: the next hop's MAC, the egress port's MAC */
export function ipv4Forward(macs: Uint8Array): Listing {
  return newListing({ name: "ipv4-forward", reasons, tagged: "ethertype" }, (p, frame) => {
    p.atLeast(34, "short");
    const [timeToLive, checksum] = [frame.u8(22), frame.raw16(24)];
    const totalBytes = p.let(frame.u16(16));
    const life = p.let(frame.raw32(22)); // from the lowest byte: TTL, protocol, checksum
    const common = [
      frame.u32(12).and(0xffff_ff00).is(0x0800_4500), // IPv4, version 4, no options
      totalBytes.isAtLeast(20),
      totalBytes.plus(14).isAtMost(frame.bytes),
      life.isBelow(0xfffe_0000), // the checksum, raw, which is all that a sum of RFC 1071 needs
      life.and(0xfe).isNot(0), // a TTL of 2 or more
    ];
    p.unless(common, () => {
      p.drop("ethertype", frame.u16(12).isNot(0x0800));
      p.drop("version", frame.u8(14).shiftRight(4).isNot(4));
      const headerBytes = p.let(frame.u8(14).and(0xf).shiftLeft(2));
      p.drop("header-length", headerBytes.isBelow(20));
      const tooLong = totalBytes.plus(14).isAbove(frame.bytes);
      p.drop("total-length", totalBytes.isBelow(headerBytes), tooLong);
      p.drop("ttl", timeToLive.isBelow(2));
      p.if([checksum.isAtLeast(0xfffe)], () => p.add(checksum, 1)); // the carry of the sum below
    });
    p.write(0, macs);
    p.add(frame.raw16(22), -1); // the TTL, which is the low byte
    p.add(checksum, 1); // 0x0100 in network order
  });
}
