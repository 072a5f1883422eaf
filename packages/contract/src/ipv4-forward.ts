/**
 * The workload, `ipv4-forward`, in its fast form: what every user-space path does to every frame.
 *
 * A frame that is Ethernet II and IPv4, whose lengths fit and whose TTL is above 1, gets the next
 * hop's MAC, the egress port's MAC, a TTL one lower and the header checksum updated incrementally
 * (RFC 1624). Everything else is dropped and counted by reason. `reference.ts` says the same byte
 * by byte, and the eBPF program of the XDP path is its twin; tests hold the three equal.
 */
import type { Batch } from "./batch.ts";
import { parseMac } from "./frame.ts";
import { withOwnCode } from "./own-code.ts";

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

/**
 * Bytes 12 to 14 of an IPv4 frame whose header has no options, as they stand in a little-endian
 * word.
 */
const plainIpv4 = 0x45_0008;
const plainHeaderBytes = 20;
const ethernetBytes = 14;
/** EtherType 0x0800 as a little-endian half word. */
const ipv4LittleEndian = 0x0008;
/** No index into `dropReasons`. */
const forwarded = -1;
/** The bits of a TTL of 2 and more, in the word that begins with flags and fragment offset. */
const timeToLiveAbove1 = 0xfe_0000;

/**
 * Makes the function that forwards each frame of a burst in place; a dropped frame gets length 0
 * and is counted in `batch.dropped`. All in 32-bit words (little-endian hosts), since byte-wise
 * stores cost twice as much in V8.
 *
 * The frames that are common take one look at three fields; all others are judged check by check.
 *
 * The checksum follows RFC 1624, equation 3, on the little-endian half word (a sum is independent
 * of byte order, RFC 1071): adding 0x0100 big-endian is adding 1 here, and the carry again. 0xffff
 * can't come out, as in the kernel's ip_decrease_ttl().
 *
 * @param words the path's memory
 * @param batch the burst that it forwards whenever called
 * @param rewrite the new MAC addresses
 * @param drops counts, added to
 */
export function newIpv4Forward(
  words: Int32Array,
  batch: Batch,
  rewrite: Rewrite,
  drops: DropCounts,
): () => void {
  const constants = { plainIpv4, plainHeaderBytes, ethernetBytes, timeToLiveAbove1, forwarded };
  return withOwnCode(makeForward)({ words, batch, rewrite, drops, constants, reasonToDrop });
}

interface ForwardParts {
  readonly words: Int32Array;
  readonly batch: Batch;
  readonly rewrite: Rewrite;
  readonly drops: DropCounts;
  readonly constants: Readonly<
    Record<
      "plainIpv4" | "plainHeaderBytes" | "ethernetBytes" | "timeToLiveAbove1" | "forwarded",
      number
    >
  >;
  readonly reasonToDrop: typeof reasonToDrop;
}

function makeForward({ words, batch, rewrite, drops, constants, reasonToDrop }: ForwardParts) {
  const { plainIpv4, plainHeaderBytes, ethernetBytes, timeToLiveAbove1, forwarded } = constants;
  const { offset, length } = batch;
  const [mac0, mac1, mac2] = rewrite as unknown as [number, number, number];
  return function forwardIpv4(): void {
    const { count } = batch;
    let dropped = 0;
    for (let i = 0; i < count; i++) {
      const at = offset[i]! >>> 2;
      const bytes = length[i]!;
      const total = words[at + 4]!;
      const flagsAndTtl = words[at + 5]!;
      const totalBytes = ((total & 0xff) << 8) | ((total >>> 8) & 0xff);
      const plain =
        (words[at + 3]! & 0xff_ffff) === plainIpv4 &&
        totalBytes >= plainHeaderBytes &&
        totalBytes + ethernetBytes <= bytes &&
        (flagsAndTtl & timeToLiveAbove1) !== 0;
      const reason = plain ? forwarded : reasonToDrop(words, at, bytes);
      if (reason !== forwarded) {
        drops[reason] = drops[reason]! + 1;
        length[i] = 0;
        dropped++;
        continue;
      }
      const checksum = words[at + 6]!;
      const half = checksum & 0xffff;
      words[at] = mac0;
      words[at + 1] = mac1;
      words[at + 2] = mac2;
      words[at + 5] = flagsAndTtl - 0x1_0000;
      words[at + 6] = half < 0xfffe ? checksum + 1 : (checksum & ~0xffff) | (half - 0xfffe);
    }
    batch.dropped = dropped;
  };
}

/** Check by check, in the order of `dropReasons`: its index there, or `forwarded`. */
function reasonToDrop(words: Int32Array, at: number, bytes: number): number {
  if (bytes < ethernetBytes + plainHeaderBytes) return short;
  const typeAndVersion = words[at + 3]!;
  if ((typeAndVersion & 0xffff) !== ipv4LittleEndian) return ethertype;
  if (((typeAndVersion >>> 20) & 0xf) !== 4) return version;
  const headerBytes = (typeAndVersion >>> 14) & 0x3c;
  if (headerBytes < plainHeaderBytes) return headerLength;
  const total = words[at + 4]!;
  const totalBytes = ((total & 0xff) << 8) | ((total >>> 8) & 0xff);
  if (totalBytes < headerBytes || totalBytes + ethernetBytes > bytes) return totalLength;
  return (words[at + 5]! & timeToLiveAbove1) === 0 ? ttl : forwarded;
}
