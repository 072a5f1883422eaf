/** How a frame travels to a path and back: as itself, or as payload of a UDP datagram. */
import { buildUdpFrame, type Carrier, internetChecksum } from "@iopath/contract";
import { egressUdpPort, ingressUdpPort } from "@iopath/kernel-sockets";
import type { Place } from "@iopath/lab";

/** Ethernet, IPv4 and UDP headers around the frame. */
export const udpEnvelopeBytes = 42;

/** The frame as it goes on the wire to the forwarder's ingress. */
export function wrap(carrier: Carrier, place: Place, frame: Uint8Array): Uint8Array {
  if (carrier === "ethernet") return frame;
  const [wire] = place.wires;
  const [port] = place.ports;
  const onWire = buildUdpFrame(
    {
      destinationMac: port.mac,
      sourceMac: wire.mac,
      sourceIpv4: wire.ipv4,
      destinationIpv4: port.ipv4,
      sourcePort: ingressUdpPort,
      destinationPort: ingressUdpPort,
    },
    frame,
  );
  return asSockets(onWire);
}

/**
 * What Linux sends for a UDP socket has "don't fragment" set and a checksum; without the one or the
 * other the forwarder's kernel would merge no datagrams (UDP_GRO).
 */
function asSockets(onWire: Uint8Array): Uint8Array {
  onWire[20] = 0x40;
  onWire.fill(0, 24, 26);
  setChecksum(onWire, 24, internetChecksum(onWire.subarray(14, 34)));
  const udpBytes = onWire.length - 34;
  const pseudoHeader = [...onWire.subarray(26, 34), 0, 17, udpBytes >> 8, udpBytes & 0xff];
  const summed = Uint8Array.from([...pseudoHeader, ...onWire.subarray(34)]);
  setChecksum(onWire, 40, internetChecksum(summed) || 0xffff);
  return onWire;
}

function setChecksum(onWire: Uint8Array, at: number, checksum: number): void {
  onWire[at] = checksum >> 8;
  onWire[at + 1] = checksum & 0xff;
}

/**
 * The frame as the forwarder sent it; undefined for traffic of the kernel's own on the wire, which a
 * path with addresses has (ICMP, ARP).
 */
export function unwrap(carrier: Carrier, onWire: Uint8Array): Uint8Array | undefined {
  if (carrier === "ethernet") return onWire;
  const view = new DataView(onWire.buffer, onWire.byteOffset, onWire.byteLength);
  const isUdp =
    onWire.length >= udpEnvelopeBytes && view.getUint16(12) === 0x0800 && onWire[23] === 17;
  if (!isUdp || view.getUint16(36) !== egressUdpPort) return undefined;
  return onWire.subarray(udpEnvelopeBytes, 34 + view.getUint16(38));
}
