/**
 * Frames of every kind that an IPv6 forwarder meets. The same seed gives the same frames.
 */
import { frameBytesMax, memoryBytes } from "@iopath/contract";
import {
  fillRandomly,
  framesByLot,
  isTaggedKind,
  lotsOf,
  pick,
  type Random,
  setUint16,
  tagBytes,
  withTags,
} from "../random-bytes.ts";
import { destinationNetwork, sourceNetwork, writeChecksum } from "./udp-frame.ts";

/** Each kind with its weight: most frames are fit to be forwarded, so that order can be judged. */
const kinds = [
  ["plain", 40],
  ["smallest", 10],
  ["largest", 8],
  ["headerAlone", 3],
  ["padded", 6],
  ["extensionHeaders", 8],
  ["fragment", 5],
  ["jumbogram", 3],
  ["icmp", 4],
  ["tcpSegment", 6],
  ["hopLimit0", 2],
  ["hopLimit1", 2],
  ["hopLimit2", 3],
  ["payloadBeyondFrame", 3],
  ["version4InIpv6", 2],
  ["ipv4", 4],
  ["otherEtherType", 3],
  ["runt", 3],
  ["ipv6Runt", 3],
  ["linkLocal", 2],
  ["multicast", 2],
  ["vlanTagged", 4],
  ["priorityTagged", 3],
  ["doubleTagged", 2],
  ["taggedRunt", 1],
] as const;

type FrameKind = (typeof kinds)[number][0];
export const frameKinds: readonly FrameKind[] = kinds.map(([kind]) => kind);
const kindByLot = lotsOf(kinds);

/** ARP, LLDP, PTP, MPLS: none of them IPv6, none a VLAN tag. */
const otherEtherTypes = [0x0806, 0x88cc, 0x88f7, 0x8847];

/** RFC 8200, section 4, and RFC 4302: hop-by-hop options, routing, destination options. */
const nextHeader = {
  ...{ hopByHop: 0, tcp: 6, udp: 17, routing: 43, fragment: 44, icmp: 58, none: 59, options: 60 },
};
const headerBytes = 54;
const tcpBytes = 20;
const segmentBytes = 200;
const icmpEchoRequest = 128;
/** As few bytes as Ethernet has on the wire, without frame check sequence. */
const shortestBytes = 60;

/**
 * An endless supply of random frames. Addresses are of 2001:2::/48 (RFC 5180), the lower half of
 * the flow label counts up, so that no two of 65,536 successive frames are equal.
 *
 * @param hop MACs of the forwarder's ingress port, and of the tester
 */
export const randomFrames = framesByLot(kindByLot, makeFrame);

function makeFrame(
  kind: FrameKind,
  macs: Uint8Array,
  sequence: number,
  random: Random,
): Uint8Array {
  const frame = new Uint8Array(memoryLength(kind, random));
  fillRandomly(frame, random);
  frame.set(macs, 0);
  setUint16(frame, 12, etherTypeOf(kind, random));
  if (kind === "taggedRunt") setUint16(frame, 14, random(0, 4094));
  if (kind === "ipv4") frame[14] = 0x45;
  if (frame.length < headerBytes || ["ipv4", "otherEtherType"].includes(kind)) return frame;
  writeHeader(frame, sequence, random);
  writePayload(kind, frame, random);
  spoil(kind, frame, random);
  return isTaggedKind(kind) ? withTags(kind, frame, random) : frame;
}

function memoryLength(kind: FrameKind, random: Random): number {
  const largest = memoryBytes(frameBytesMax);
  if (kind === "smallest") return shortestBytes;
  if (kind === "largest") return largest;
  if (kind === "headerAlone") return headerBytes;
  if (kind === "runt" || kind === "ipv6Runt") return random(14, headerBytes - 1);
  if (kind === "taggedRunt") return random(16, 19);
  if (isTaggedKind(kind)) return random(shortestBytes, largest - 2 * tagBytes);
  if (kind === "tcpSegment") return headerBytes + tcpBytes + segmentBytes;
  return random(100, largest);
}

function etherTypeOf(kind: FrameKind, random: Random): number {
  if (kind === "runt" || kind === "otherEtherType") return pick(otherEtherTypes, random);
  if (kind === "ipv4") return 0x0800;
  return kind === "taggedRunt" ? 0x8100 : 0x86dd;
}

function writeHeader(frame: Uint8Array, sequence: number, random: Random): void {
  frame[14] = 0x60 | random(0, 15);
  frame[15] = random(0, 255);
  setUint16(frame, 16, sequence & 0xffff);
  setUint16(frame, 18, frame.length - headerBytes);
  frame[20] = frame.length === headerBytes ? nextHeader.none : nextHeader.udp;
  frame[21] = random(2, 255);
  frame.set(sourceNetwork, 22);
  frame.set(destinationNetwork, 38);
}

/** What a frame carries, where its kind says so; random bytes else. */
function writePayload(kind: FrameKind, frame: Uint8Array, random: Random): void {
  if (kind === "extensionHeaders") writeExtensionHeaders(frame, random);
  if (kind === "fragment") writeFragmentHeader(frame, random);
  if (kind === "jumbogram") writeJumboOption(frame);
  if (kind === "icmp") {
    frame[20] = nextHeader.icmp;
    frame.set([icmpEchoRequest, 0], headerBytes);
    writeChecksum(frame, nextHeader.icmp, headerBytes + 2);
  }
  if (kind === "tcpSegment") writeTcpHeader(frame, random(0, 0xffff_ffff));
}

/** One to three of them, each of 8 bytes, then UDP. */
function writeExtensionHeaders(frame: Uint8Array, random: Random): void {
  const { hopByHop, options, routing, udp } = nextHeader;
  const chains = [
    [hopByHop],
    [options],
    [routing],
    [hopByHop, options, routing],
    [routing, options],
  ];
  const chain = pick(chains, random);
  frame[20] = chain[0]!;
  for (const [i] of chain.entries()) {
    const at = headerBytes + 8 * i;
    frame.fill(0, at, at + 8); // a length of 8 bytes; of options: padding
    frame[at] = chain[i + 1] ?? udp;
    frame[at + 2] = 1;
    frame[at + 3] = 4;
  }
}

/** The first fragment of a packet, one of the middle, or the last one (RFC 8200, 4.5). */
function writeFragmentHeader(frame: Uint8Array, random: Random): void {
  const offset = random(1, 8000) << 3;
  const field = pick([1, offset | 1, offset], random);
  frame[20] = nextHeader.fragment;
  frame.set([nextHeader.udp, 0], headerBytes);
  setUint16(frame, headerBytes + 2, field);
}

/** A payload length of 0, and the true one, beyond 65,535, in an option (RFC 2675). */
function writeJumboOption(frame: Uint8Array): void {
  setUint16(frame, 18, 0);
  frame[20] = nextHeader.hopByHop;
  frame.set([nextHeader.udp, 0, 0xc2, 4, 0, 1, 0, 0], headerBytes);
}

/** TCP (RFC 9293) without options, one segment of a connection, with a right checksum. */
function writeTcpHeader(frame: Uint8Array, sequenceNumber: number): void {
  const view = new DataView(frame.buffer, frame.byteOffset);
  frame.set([0x60, 0, 0, 0], 14); // segments are merged only where all of the header is the same
  frame[20] = nextHeader.tcp;
  frame[21] = 64;
  for (const host of [30, 46]) frame.set([0, 0, 0, 0, 0, 0, 0, 1], host);
  view.setUint32(headerBytes, (5001 << 16) | 443);
  view.setUint32(headerBytes + 4, sequenceNumber);
  view.setUint32(headerBytes + 8, 1);
  view.setUint32(headerBytes + 12, 0x5010_ffff); // 20 bytes, an acknowledgement
  view.setUint16(headerBytes + 18, 0);
  writeChecksum(frame, nextHeader.tcp, headerBytes + 16);
}

/** Make the frame what its kind says. */
function spoil(kind: FrameKind, frame: Uint8Array, random: Random): void {
  const payloadBytes = frame.length - headerBytes;
  if (kind === "hopLimit0") frame[21] = 0;
  if (kind === "hopLimit1") frame[21] = 1;
  if (kind === "hopLimit2") frame[21] = 2;
  if (kind === "version4InIpv6") frame[14] = 0x45;
  if (kind === "padded") setUint16(frame, 18, random(0, payloadBytes - 1));
  if (kind === "payloadBeyondFrame") {
    const beyond = random(0, 1) === 0 ? payloadBytes + 1 : random(payloadBytes + 1, 0xffff);
    setUint16(frame, 18, beyond);
  }
  if (kind === "linkLocal") frame.set([0xfe, 0x80, 0, 0, 0, 0, 0, 0], pick([22, 38], random));
  if (kind === "multicast") frame.set([0xff, 0x02], 38);
}
