/** The reference of `ipv6-forward`: byte by byte, as plainly as it goes. */
import { ethernetHeaderBytes, type Hop, type Outcome, parseMac } from "@iopath/contract";
import type { DropReason } from "@iopath/packet-language/listings/ipv6-forward";

const etherTypeIpv6 = 0x86dd;
const ipv6HeaderBytes = 40;

/** What `ipv6-forward` makes of one frame (in memory, without FCS). */
export function reference(frame: Uint8Array, { destinationMac, sourceMac }: Hop): Outcome {
  const reason = reasonToDrop(frame);
  if (reason) return { forwarded: false, reason };
  const out = Uint8Array.from(frame); // not slice(): that of a Buffer is no copy
  out.set(parseMac(destinationMac), 0);
  out.set(parseMac(sourceMac), 6);
  out[21] = frame[21]! - 1;
  return { forwarded: true, frame: out };
}

/** RFC 8200, section 3: what follows the header, extension headers too, is payload. */
function reasonToDrop(frame: Uint8Array): DropReason | undefined {
  if (frame.length < ethernetHeaderBytes) return "short";
  if (((frame[12]! << 8) | frame[13]!) !== etherTypeIpv6) return "ethertype";
  if (frame.length < ethernetHeaderBytes + ipv6HeaderBytes) return "short";
  if (frame[14]! >> 4 !== 6) return "version";
  const payloadBytes = (frame[18]! << 8) | frame[19]!;
  if (ethernetHeaderBytes + ipv6HeaderBytes + payloadBytes > frame.length) return "payload-length";
  return frame[21]! <= 1 ? "hop-limit" : undefined;
}
