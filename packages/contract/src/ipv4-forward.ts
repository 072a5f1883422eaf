/**
 * The workload, `ipv4-forward`, in its fast form: what every user-space path does to every frame.
 *
 * A frame that is Ethernet II and IPv4, whose lengths fit and whose TTL is above 1, gets the next
 * hop's MAC, the egress port's MAC, a TTL one lower and the header checksum updated incrementally
 * (RFC 1624). Everything else is dropped and counted by reason. `reference.ts` says the same byte by
 * byte, and the eBPF program of the XDP path is its twin; tests hold the three equal.
 */
import type { Batch } from "./batch.ts";
import { parseMac } from "./frame.ts";

/** Why a frame was not forwarded, in the order in which the checks are made. */
export const dropReasons = [
  "short", // fewer than 34 bytes: no room for an Ethernet and an IPv4 header
  "ethertype", // not IPv4 (VLAN-tagged frames included)
  "version", // the IPv4 header does not say version 4
  "header-length", // IHL below 5
  "total-length", // total length below the header's, or beyond the frame
  "ttl", // TTL 0 or 1
] as const;

export type DropReason = (typeof dropReasons)[number];

/** Frames dropped, by index into `dropReasons`. */
export type DropCounts = Uint32Array;

export function newDropCounts(): DropCounts {
  return new Uint32Array(dropReasons.length);
}

/** The twelve bytes of the two new MAC addresses, as they stand in memory: three 32-bit words. */
export type Rewrite = Int32Array;

export function newRewrite(destinationMac: string, sourceMac: string): Rewrite {
  const bytes = new Uint8Array(12);
  bytes.set(parseMac(destinationMac), 0);
  bytes.set(parseMac(sourceMac), 6);
  return new Int32Array(bytes.buffer);
}

const short = 0;
const ethertype = 1;
const version = 2;
const headerLength = 3;
const totalLength = 4;
const ttl = 5;

/** EtherType 0x0800 as a little-endian half word. */
const ipv4LittleEndian = 0x0008;

/**
 * Forward each frame of the burst in place; a dropped frame gets length 0. All in 32-bit words
 * (little-endian hosts), since byte-wise stores cost twice as much in V8.
 *
 * @param words the path's memory
 * @param rewrite the new MAC addresses
 * @param drops counts, added to
 */
export function forwardIpv4(
  words: Int32Array,
  batch: Batch,
  rewrite: Rewrite,
  drops: DropCounts,
): void {
  const { offset, length, count } = batch;
  const mac0 = rewrite[0]!;
  const mac1 = rewrite[1]!;
  const mac2 = rewrite[2]!;
  for (let i = 0; i < count; i++) {
    const bytes = length[i]!;
    const at = offset[i]! >>> 2;
    let reason = -1;
    if (bytes < 34) reason = short;
    else {
      const typeAndVersion = words[at + 3]!;
      const total = words[at + 4]!;
      const headerBytes = (typeAndVersion >>> 14) & 0x3c;
      const totalBytes = ((total & 0xff) << 8) | ((total >>> 8) & 0xff);
      const flagsAndTtl = words[at + 5]!;
      if ((typeAndVersion & 0xffff) !== ipv4LittleEndian) reason = ethertype;
      else if (((typeAndVersion >>> 20) & 0xf) !== 4) reason = version;
      else if (headerBytes < 20) reason = headerLength;
      else if (totalBytes < headerBytes || totalBytes + 14 > bytes) reason = totalLength;
      else if (((flagsAndTtl >>> 16) & 0xff) <= 1) reason = ttl;
      else {
        words[at] = mac0;
        words[at + 1] = mac1;
        words[at + 2] = mac2;
        words[at + 5] = flagsAndTtl - 0x1_0000;
        const checksum = words[at + 6]!;
        words[at + 6] = (checksum & ~0xffff) | ttlLowered(checksum & 0xffff);
        continue;
      }
    }
    drops[reason] = drops[reason]! + 1;
    length[i] = 0;
  }
}

/**
 * The header checksum after a TTL one lower, RFC 1624 equation 3, on the little-endian half word (the
 * sum is independent of byte order, RFC 1071): adding 0x0100 big-endian is adding 1 here. 0xffff can't
 * come out, as in the kernel's ip_decrease_ttl().
 */
function ttlLowered(checksum: number): number {
  const sum = checksum + 1;
  return (sum >= 0xffff ? sum + 1 : sum) & 0xffff;
}
