/**
 * The fast form of `ipv4-forward`: what every user-space path does to every frame.
 *
 * A frame that is Ethernet II and IPv4, whose lengths fit and whose TTL is above 1, gets the next
 * hop's MAC, the egress port's MAC, a TTL one lower and the header checksum updated incrementally
 * (RFC 1624). Everything else is dropped and counted by reason. `reference.ts` says the same byte
 * by byte, and the listing, which is compiled to eBPF, once more; tests hold the three equal.
 */
import { type ForwardParts, hopBytes, withOwnCode } from "@iopath/contract";
import { type DropReason, reasons } from "@iopath/packet-language/listings/ipv4-forward";

const numberOf = (reason: DropReason) => reasons.indexOf(reason);
const short = numberOf("short");
const ethertype = numberOf("ethertype");
const version = numberOf("version");
const headerLength = numberOf("header-length");
const totalLength = numberOf("total-length");
const ttl = numberOf("ttl");

/**
 * Bytes 12 to 14 of an IPv4 frame whose header has no options, as they stand in a little-endian
 * word.
 */
const plainIpv4 = 0x45_0008;
const plainHeaderBytes = 20;
const ethernetBytes = 14;
/** EtherType 0x0800 as a little-endian half word. */
const ipv4LittleEndian = 0x0008;
/** No index into `reasons`. */
const forwarded = -1;
/** The bits of a TTL of 2 and more, in the word that begins with flags and fragment offset. */
const timeToLiveAbove1 = 0xfe_0000;

/**
 * Makes the function that forwards each frame of a burst in place; a dropped frame gets length 0.
 * All in 32-bit words (little-endian hosts), since byte-wise stores cost twice as much in V8.
 *
 * The frames that are common take one look at three fields; all others are judged check by check.
 *
 * The checksum follows RFC 1624, equation 3, on the little-endian half word (a sum is independent
 * of byte order, RFC 1071): adding 0x0100 big-endian is adding 1 here, and the carry again. 0xffff
 * can't come out, as in the kernel's ip_decrease_ttl().
 */
export function newForward({ words, batch, hop, drops }: ForwardParts): () => void {
  const constants = { plainIpv4, plainHeaderBytes, ethernetBytes, timeToLiveAbove1, forwarded };
  const rewrite = new Int32Array(hopBytes(hop).buffer);
  return withOwnCode(makeForward)({ words, batch, rewrite, drops, constants, reasonToDrop });
}

interface Parts extends Pick<ForwardParts, "words" | "batch" | "drops"> {
  /** The two new MAC addresses in memory order: three words. */
  readonly rewrite: Int32Array;
  readonly constants: Readonly<
    Record<
      "plainIpv4" | "plainHeaderBytes" | "ethernetBytes" | "timeToLiveAbove1" | "forwarded",
      number
    >
  >;
  readonly reasonToDrop: typeof reasonToDrop;
}

function makeForward({ words, batch, rewrite, drops, constants, reasonToDrop }: Parts) {
  const { plainIpv4, plainHeaderBytes, ethernetBytes, timeToLiveAbove1, forwarded } = constants;
  const { offset, length } = batch;
  const [mac0, mac1, mac2] = rewrite as unknown as [number, number, number];
  return function forwardIpv4(): void {
    const { count } = batch;
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
  };
}

/** Check by check, in the order of `reasons`: its index there, or `forwarded`. */
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
