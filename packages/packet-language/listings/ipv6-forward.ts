/**
 * The workload `ipv6-forward`: new MACs, hop limit 1 lower. It does not look at extension headers.
 */
import { type Listing, newListing } from "../src/index.ts";

/** Why `ipv6-forward` drops a frame, in the order in which the checks are made. */
export const reasons = [
  "short", // no Ethernet header, or an IPv6 frame without a whole header
  "ethertype", // not IPv6 (VLAN-tagged frames included)
  "version", // the header does not say version 6
  "payload-length", // beyond the frame
  "hop-limit", // 0 or 1
] as const;

export type DropReason = (typeof reasons)[number];

/** @param macs twelve bytes: the next hop's MAC, the egress port's MAC */
export function ipv6Forward(macs: Uint8Array): Listing {
  return newListing({ name: "ipv6-forward", reasons, tagged: "ethertype" }, (p, frame) => {
    p.atLeast(14, "short");
    p.drop("ethertype", frame.u16(12).isNot(0x86dd));
    p.atLeast(54, "short");
    p.drop("version", frame.u8(14).shiftRight(4).isNot(6));
    p.drop("payload-length", frame.u16(18).plus(54).isAbove(frame.bytes));
    const hopLimit = frame.u8(21);
    p.drop("hop-limit", hopLimit.isBelow(2));
    p.write(0, macs);
    p.add(hopLimit, -1);
  });
}
