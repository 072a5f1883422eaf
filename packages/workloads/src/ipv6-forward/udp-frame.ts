/** UDP over IPv6: addresses of flows, headers, and the checksum that IPv6 wants (RFC 8200, 8.1). */
import {
  firstDestinationPort,
  firstSourcePort,
  flowHostsMax,
  type Hop,
  hopBytes,
  internetChecksum,
} from "@iopath/contract";

const headerAt = 14;
const sourceAt = 22;
const destinationAt = 38;
const udpAt = 54;
export const payloadAt = 62;
const checksumAt = 60;

const nextHeaderUdp = 17;
const hopLimit = 64;

/** 2001:2::/48 is for benchmarks (RFC 5180, 8). */
export const sourceNetwork = [0x20, 0x01, 0, 2, 0, 0, 0, 0x12] as const;
export const destinationNetwork = [0x20, 0x01, 0, 2, 0, 0, 0, 0x13] as const;

/** A UDP datagram of a flow around `payload`, its checksum still 0. */
export function buildUdpFrame(macs: Hop, flow: number, payload: Uint8Array): Uint8Array {
  const frame = new Uint8Array(payloadAt + payload.length);
  const view = new DataView(frame.buffer);
  const host = flow < flowHostsMax ? flow + 1 : flow + 1 - flowHostsMax;
  frame.set(hopBytes(macs));
  view.setUint16(12, 0x86dd);
  view.setUint8(headerAt, 0x60);
  view.setUint16(18, frame.length - udpAt);
  view.setUint8(20, nextHeaderUdp);
  view.setUint8(21, hopLimit);
  frame.set(sourceNetwork, sourceAt);
  view.setUint16(sourceAt + 14, host);
  frame.set(destinationNetwork, destinationAt);
  // Its bytes the other way round: no symmetric hash takes the destination for the source.
  view.setUint16(destinationAt + 14, host, true);
  view.setUint16(udpAt, firstSourcePort + (flow & 0x3fff));
  view.setUint16(udpAt + 2, firstDestinationPort + (flow >>> 8));
  view.setUint16(udpAt + 4, frame.length - udpAt);
  frame.set(payload, payloadAt);
  return frame;
}

export function writeUdpChecksum(frame: Uint8Array): void {
  writeChecksum(frame, nextHeaderUdp, checksumAt);
}

/**
 * Writes that of any protocol right behind the IPv6 header: over addresses, length, protocol, and
 * the payload as long as the header says.
 */
export function writeChecksum(frame: Uint8Array, nextHeader: number, at: number): void {
  frame.fill(0, at, at + 2);
  const payloadBytes = (frame[18]! << 8) | frame[19]!;
  const upper = frame.subarray(udpAt, udpAt + payloadBytes);
  const pseudoHeader = [0, 0, upper.length >> 8, upper.length & 0xff, 0, 0, 0, nextHeader];
  const summed = [...frame.subarray(sourceAt, udpAt), ...pseudoHeader, ...upper];
  const checksum = internetChecksum(Uint8Array.from(summed)) || 0xffff; // 0 would mean: none
  frame[at] = checksum >> 8;
  frame[at + 1] = checksum & 0xff;
}
