/**
 * Words about frames that everyone shares, and the UDP frame that testers and carriers build.
 *
 * Sizes follow RFC 2544 and CSIT: `frameBytes` counts the 4-byte frame check sequence, which is
 * never in memory. A 64-byte frame is 60 bytes of memory, a 1518-byte frame 1514 (an MTU of 1500).
 */
const frameCheckSequenceBytes = 4;
export const ethernetHeaderBytes = 14;
export const ipv4HeaderBytes = 20;
export const frameBytesMin = 64;
export const frameBytesMax = 1518;

export const etherTypeIpv4 = 0x0800;
export const etherTypeArp = 0x0806;
export const etherTypeIpv6 = 0x86dd;
const protocolUdp = 17;
const timeToLive = 64;

/** The largest frame in memory, without frame check sequence. */
export const largestFrameBytes = frameBytesMax - frameCheckSequenceBytes;

/** Bytes of a frame in memory, given its size on the wire. */
export function memoryBytes(frameBytes: number): number {
  return frameBytes - frameCheckSequenceBytes;
}

/** "02:00:00:00:00:11" as six bytes. */
export function parseMac(text: string): Uint8Array {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text)) throw new TypeError(`not a MAC: ${text}`);
  return Uint8Array.from(text.split(":"), (byte) => Number.parseInt(byte, 16));
}

/** "10.0.1.1" as four bytes. */
export function parseIpv4(text: string): Uint8Array {
  const bytes = text.split(".").map(Number);
  const valid = bytes.length === 4 && bytes.every((b) => Number.isInteger(b) && b >= 0 && b < 256);
  if (!valid) throw new TypeError(`not an IPv4 address: ${text}`);
  return Uint8Array.from(bytes);
}

/** Internet checksum (RFC 1071) over `bytes`, as the number to store big-endian. */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) sum += i % 2 === 0 ? bytes[i]! << 8 : bytes[i]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

export interface UdpFrameFields {
  readonly destinationMac: string;
  readonly sourceMac: string;
  readonly sourceIpv4: string;
  readonly destinationIpv4: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** Ethernet, IPv4 and UDP headers around `payload`; the UDP checksum is 0, "none" (RFC 768). */
export function buildUdpFrame(fields: UdpFrameFields, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(42 + payload.length);
  const view = new DataView(frame.buffer);
  frame.set(parseMac(fields.destinationMac), 0);
  frame.set(parseMac(fields.sourceMac), 6);
  view.setUint16(12, etherTypeIpv4);
  view.setUint8(14, 0x45);
  view.setUint16(16, frame.length - ethernetHeaderBytes);
  view.setUint8(22, timeToLive);
  view.setUint8(23, protocolUdp);
  frame.set(parseIpv4(fields.sourceIpv4), 26);
  frame.set(parseIpv4(fields.destinationIpv4), 30);
  view.setUint16(24, internetChecksum(frame.subarray(14, 34)));
  view.setUint16(34, fields.sourcePort);
  view.setUint16(36, fields.destinationPort);
  view.setUint16(38, 8 + payload.length);
  frame.set(payload, 42);
  return frame;
}
