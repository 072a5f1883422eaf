/** The reference of `ipv4-forward`: byte by byte, as plainly as it goes. */
import {
  ethernetHeaderBytes,
  etherTypeIpv4,
  type Hop,
  ipv4HeaderBytes,
  type Outcome,
  parseMac,
} from "@iopath/contract";
import type { DropReason } from "@iopath/packet-language/listings/ipv4-forward";

/** What `ipv4-forward` makes of one frame (in memory, without FCS). */
export function reference(frame: Uint8Array, { destinationMac, sourceMac }: Hop): Outcome {
  const reason = reasonToDrop(frame);
  if (reason) return { forwarded: false, reason };
  const out = Uint8Array.from(frame); // not slice(): that of a Buffer is no copy
  out.set(parseMac(destinationMac), 0);
  out.set(parseMac(sourceMac), 6);
  out[22] = frame[22]! - 1;
  const checksum = updatedChecksum(frame);
  out[24] = checksum >> 8;
  out[25] = checksum & 0xff;
  return { forwarded: true, frame: out };
}

function reasonToDrop(frame: Uint8Array): DropReason | undefined {
  if (frame.length < ethernetHeaderBytes + ipv4HeaderBytes) return "short";
  if (((frame[12]! << 8) | frame[13]!) !== etherTypeIpv4) return "ethertype";
  if (frame[14]! >> 4 !== 4) return "version";
  const headerBytes = (frame[14]! & 0xf) * 4;
  if (headerBytes < ipv4HeaderBytes) return "header-length";
  const totalBytes = totalLength(frame);
  if (totalBytes < headerBytes || ethernetHeaderBytes + totalBytes > frame.length) {
    return "total-length";
  }
  return frame[22]! <= 1 ? "ttl" : undefined;
}

function totalLength(frame: Uint8Array): number {
  return (frame[16]! << 8) | frame[17]!;
}

/** ICMP (RFC 792): echo reply, unreachable, redirect, time exceeded, parameter problem, time. */
const answerTypes = [0, 3, 5, 11, 12, 14];

/** An ICMP message that a host or router sends by itself. */
export function isAnswer(frame: Uint8Array): boolean {
  const isIcmp = frame[12] === 0x08 && frame[13] === 0x00 && frame[23] === 1;
  return isIcmp && answerTypes.includes(frame[14 + (frame[14]! & 0xf) * 4] ?? -1);
}

/** HC' = ~(~HC + ~m + m'), RFC 1624 equation 3, where m is the word of TTL and protocol. */
function updatedChecksum(frame: Uint8Array): number {
  const before = (frame[22]! << 8) | frame[23]!;
  const after = before - 0x0100;
  const checksum = (frame[24]! << 8) | frame[25]!;
  let sum = (~checksum & 0xffff) + (~before & 0xffff) + after;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
