/** How a frame travels to a path and back: as itself, or as payload of a UDP datagram. */
import {
  buildUdpFrame,
  type Carrier,
  egressUdpPort,
  flowAddresses,
  ingressUdpPort,
  internetChecksum,
  type Mark,
  type Workload,
} from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { writeUdpChecksum } from "./udp-checksum.ts";

/**
 * Where in what is on the wire the frame begins: behind Ethernet, IPv4 and UDP headers, or at once.
 */
export function frameAtOf(carrier: Carrier): number {
  return carrier === "udp" ? udpEnvelopeBytes : 0;
}

/** Where in what is on the wire the workload's mark lies. */
export function markOnWire({ measuring }: Workload, carrier: Carrier): Mark {
  const { at, value } = measuring.mark;
  return { at: frameAtOf(carrier) + at, value };
}

const udpEnvelopeBytes = 42;

/**
 * The frame as it goes on the wire to the forwarder's ingress.
 *
 * @param flow whose source the UDP datagram has; the tester's own address when not given
 */
export function wrap(
  carrier: Carrier,
  testbed: Testbed,
  frame: Uint8Array,
  flow?: number,
): Uint8Array {
  if (carrier === "ethernet") return frame;
  const [wire] = testbed.wires;
  const [port] = testbed.ports;
  const own = { sourceIpv4: wire.ipv4, sourcePort: ingressUdpPort };
  const { sourceIpv4, sourcePort } = flow === undefined ? own : flowAddresses(flow);
  const onWire = buildUdpFrame(
    {
      destinationMac: port.mac,
      sourceMac: wire.mac,
      sourceIpv4,
      destinationIpv4: port.ipv4,
      sourcePort,
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
  const checksum = internetChecksum(onWire.subarray(14, 34));
  onWire[24] = checksum >> 8;
  onWire[25] = checksum & 0xff;
  writeUdpChecksum(onWire);
  return onWire;
}

/**
 * The frame as the forwarder sent it; undefined for traffic of the kernel's own on the wire, which
 * a path with addresses has (ICMP, ARP).
 */
export function unwrap(carrier: Carrier, onWire: Uint8Array): Uint8Array | undefined {
  if (carrier === "ethernet") return onWire;
  const view = new DataView(onWire.buffer, onWire.byteOffset, onWire.byteLength);
  const isUdp =
    onWire.length >= udpEnvelopeBytes && view.getUint16(12) === 0x0800 && onWire[23] === 17;
  if (!isUdp || view.getUint16(36) !== egressUdpPort) return undefined;
  return onWire.subarray(udpEnvelopeBytes, 34 + view.getUint16(38));
}
