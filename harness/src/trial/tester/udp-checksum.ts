/** The checksum that a UDP datagram over IPv4 has when a socket sent it (RFC 768). */
import { internetChecksum } from "@iopath/contract";

const ipv4At = 14;
const udpAt = 34;
const checksumAt = 40;
const protocolUdp = 17;

/**
 * Writes it into a frame of Ethernet, IPv4 without options, and UDP; what is behind the datagram is
 * left.
 */
export function writeUdpChecksum(onWire: Uint8Array): void {
  const bytes = (onWire[38]! << 8) | onWire[39]!;
  onWire.fill(0, checksumAt, checksumAt + 2);
  const addresses = onWire.subarray(ipv4At + 12, udpAt);
  const pseudoHeader = [...addresses, 0, protocolUdp, bytes >> 8, bytes & 0xff];
  const summed = [...pseudoHeader, ...onWire.subarray(udpAt, udpAt + bytes)];
  // 0 would mean: no checksum
  const checksum = internetChecksum(Uint8Array.from(summed)) || 0xffff;
  onWire[checksumAt] = checksum >> 8;
  onWire[checksumAt + 1] = checksum & 0xff;
}
