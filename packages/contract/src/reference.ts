/** The workload said once more, byte by byte and as plainly as it goes, to judge all others by. */
import {
  ethernetHeaderBytes,
  etherTypeIpv4,
  internetChecksum,
  ipv4HeaderBytes,
  parseMac,
} from "./frame.ts";
import type { DropReason } from "./ipv4-forward.ts";

/**
 * What a router that is not ours does otherwise than `ipv4-forward`, RFC 1812:
 * - `cuts-padding`: bytes behind the IPv4 total length are not forwarded;
 * - `verifies-checksum`: a frame whose header checksum is wrong is dropped (5.2.2);
 * - `answers`: it sends messages of its own, such as ICMP for a TTL that has run out (5.3.1).
 */
export type Deviation = "cuts-padding" | "verifies-checksum" | "answers";

export type Outcome =
  | { readonly forwarded: true; readonly frame: Uint8Array }
  | { readonly forwarded: false; readonly reason: DropReason | "checksum" };

/**
 * What `ipv4-forward`, or what deviates so from it, makes of one frame (in memory, without FCS).
 */
export function referenceForward(
  frame: Uint8Array,
  destinationMac: string,
  sourceMac: string,
  deviations: readonly Deviation[] = [],
): Outcome {
  const reason = reasonToDrop(frame);
  if (reason) return { forwarded: false, reason };
  if (deviations.includes("verifies-checksum") && !isChecksumRight(frame)) {
    return { forwarded: false, reason: "checksum" };
  }
  const cut = deviations.includes("cuts-padding");
  const bytes = cut ? ethernetHeaderBytes + totalLength(frame) : frame.length;
  const out = Uint8Array.from(frame.subarray(0, bytes)); // not slice(): that of a Buffer is no copy
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

/** A header with a right checksum in it sums up to 0 (RFC 1071). */
function isChecksumRight(frame: Uint8Array): boolean {
  const headerBytes = (frame[14]! & 0xf) * 4;
  const header = frame.subarray(ethernetHeaderBytes, ethernetHeaderBytes + headerBytes);
  return internetChecksum(header) === 0;
}

/**
 * Whether what came out is a message of the forwarder's own: ICMP; the tester sends nothing but
 * UDP.
 */
export function isAnswer(frame: Uint8Array): boolean {
  return frame[12] === 0x08 && frame[13] === 0x00 && frame[23] === 1;
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
