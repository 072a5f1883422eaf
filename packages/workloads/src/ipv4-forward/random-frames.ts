/** Frames of every kind that a forwarder meets. The same seed gives the same frames. */
import { frameBytesMax, internetChecksum, memoryBytes } from "@iopath/contract";
import {
  fillRandomly,
  framesByLot,
  isTaggedKind,
  lotsOf,
  pick,
  type Random,
  setUint16,
  withTags,
} from "../random-bytes.ts";

/** Each kind with its weight: most frames are fit to be forwarded, so that order can be judged. */
const kinds = [
  ["plain", 40],
  ["smallest", 10],
  ["largest", 8],
  ["options", 10],
  ["padded", 6],
  ["badChecksum", 4],
  ["vlanTagged", 4],
  ["otherEtherType", 4],
  ["timeToLive0", 2],
  ["timeToLive1", 2],
  ["totalLengthBeyondFrame", 3],
  ["totalLengthBelowHeader", 2],
  ["version6InIpv4", 2],
  ["headerLengthBelow5", 2],
  ["runt", 3],
  ["ipv4Runt", 2],
  ["icmp", 4],
  ["tcpAck", 4],
  ["tcpSegment", 6],
  ["fragment", 4],
  ["routerAlert", 2],
  ["recordRoute", 2],
  ["unroutable", 3],
  ["priorityTagged", 3],
  ["doubleTagged", 2],
  ["taggedRunt", 1],
] as const;

type FrameKind = (typeof kinds)[number][0];
export const frameKinds: readonly FrameKind[] = kinds.map(([kind]) => kind);

const kindByLot = lotsOf(kinds);

/** ARP, IPv6, LLDP, PTP, MPLS: none of them IPv4, none a VLAN tag. */
const otherEtherTypes = [0x0806, 0x86dd, 0x88cc, 0x88f7, 0x8847];
/** Options that a router leaves as they are: end of list, and no operation (RFC 791). */
const inertOptions = [0x01, 0x00];
/** A router alert (RFC 2113), which asks a router to look, and does not change. */
const routerAlertOption = [148, 4, 0, 0];
/** Record route with room for one address (RFC 791): a router writes its own into it. */
const recordRouteOption = [7, 7, 4, 0, 0, 0, 0, 0];

const protocolIcmp = 1;
const protocolTcp = 6;
const protocolUdp = 17;
const icmpEchoRequest = 8;
const tcpHeaderBytes = 20;
const tcpFlagAck = 0x10;
const segmentBytes = 200;
const segmentPorts = [5001, 443] as const;

/**
 * Sources and destinations that no router forwards: of no network, loopback, multicast, broadcast.
 */
const unroutableAddresses = [
  [0, 0, 0, 0],
  [127, 0, 0, 1],
  [224, 0, 0, 251],
  [255, 255, 255, 255],
] as const;

/**
 * An endless supply of random frames. Addresses are of 198.18.0.0/15 (RFC 2544 benchmarking), the
 * identification field counts up, so that no two of 65,536 successive frames are equal.
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
  if (frame.length < 34 || kind === "otherEtherType") return frame;
  const headerBytes = headerBytesOf(kind, random);
  writeIpv4Header(frame, headerBytes, sequence, random);
  writePayload(kind, frame, headerBytes, random);
  spoil(kind, frame, headerBytes, random);
  return isTaggedKind(kind) ? withTags(kind, frame, random) : frame;
}

function memoryLength(kind: FrameKind, random: Random): number {
  const largest = memoryBytes(frameBytesMax);
  if (kind === "smallest") return 60;
  if (kind === "largest") return largest;
  if (kind === "runt" || kind === "ipv4Runt") return random(14, 33);
  if (kind === "taggedRunt") return random(16, 19);
  if (kind === "vlanTagged" || kind === "priorityTagged") return random(60, largest - 4);
  if (kind === "doubleTagged") return random(60, largest - 8);
  if (kind === "tcpAck") return 34 + tcpHeaderBytes; // a network card pads it to 60
  if (kind === "tcpSegment") return 34 + tcpHeaderBytes + segmentBytes;
  return random(74, largest);
}

function etherTypeOf(kind: FrameKind, random: Random): number {
  const isOther = kind === "runt" || kind === "otherEtherType";
  if (isOther) return pick(otherEtherTypes, random);
  return kind === "taggedRunt" ? 0x8100 : 0x0800;
}

function headerBytesOf(kind: FrameKind, random: Random): number {
  if (kind === "options") return 4 * random(6, 15);
  if (kind === "routerAlert") return 20 + routerAlertOption.length;
  return kind === "recordRoute" ? 20 + recordRouteOption.length : 20;
}

function writeIpv4Header(
  frame: Uint8Array,
  headerBytes: number,
  sequence: number,
  random: Random,
): void {
  frame[14] = 0x40 | (headerBytes / 4);
  setUint16(frame, 16, frame.length - 14);
  setUint16(frame, 18, sequence & 0xffff);
  setUint16(frame, 20, 0x4000); // don't fragment
  frame[22] = random(2, 255);
  frame[23] = protocolUdp;
  frame.set([198, 18], 26);
  frame.set([198, 19], 30);
  frame.fill(inertOptions[random(0, 1)]!, 34, 14 + headerBytes);
}

/** What a frame carries, where its kind says so; random bytes else. */
function writePayload(
  kind: FrameKind,
  frame: Uint8Array,
  headerBytes: number,
  random: Random,
): void {
  if (kind === "routerAlert") frame.set(routerAlertOption, 34);
  if (kind === "recordRoute") frame.set(recordRouteOption, 34);
  if (kind === "icmp") writeEchoRequest(frame, headerBytes);
  if (kind === "tcpAck" || kind === "tcpSegment") writeTcpHeader(frame, random(0, 0xffff_ffff));
}

/** ICMP (RFC 792), with a right checksum. */
function writeEchoRequest(frame: Uint8Array, headerBytes: number): void {
  frame[23] = protocolIcmp;
  const at = 14 + headerBytes;
  frame.set([icmpEchoRequest, 0, 0, 0], at);
  setUint16(frame, at + 2, internetChecksum(frame.subarray(at)));
}

/**
 * TCP (RFC 9293) without options: an acknowledgement of no data, or data, with a right checksum.
 */
function writeTcpHeader(frame: Uint8Array, sequenceNumber: number): void {
  frame[23] = protocolTcp;
  frame[15] = 0;
  frame[22] = 64; // segments are merged only where all of the header is the same
  const view = new DataView(frame.buffer, frame.byteOffset + 34);
  view.setUint16(0, segmentPorts[0]);
  view.setUint16(2, segmentPorts[1]);
  view.setUint32(4, sequenceNumber);
  view.setUint32(8, 1);
  view.setUint8(12, (tcpHeaderBytes / 4) << 4);
  view.setUint8(13, tcpFlagAck);
  view.setUint16(14, 0xffff);
  view.setUint32(16, 0);
  const segment = frame.subarray(34);
  const pseudoHeader = [...frame.subarray(26, 34), 0, protocolTcp];
  const length = [segment.length >> 8, segment.length & 0xff];
  view.setUint16(16, internetChecksum(Uint8Array.from([...pseudoHeader, ...length, ...segment])));
}

/** Make the frame what its kind says; checksums stay right wherever the kind is not about them. */
function spoil(kind: FrameKind, frame: Uint8Array, headerBytes: number, random: Random): void {
  const fitting = frame.length - 14;
  if (kind === "fragment") setUint16(frame, 20, fragmentField(random));
  if (kind === "unroutable") {
    const address = pick(unroutableAddresses, random);
    frame.set(address, random(0, 1) === 0 ? 26 : 30);
  }
  if (kind === "timeToLive0") frame[22] = 0;
  if (kind === "timeToLive1") frame[22] = 1;
  if (kind === "version6InIpv4") frame[14] = 0x65;
  if (kind === "headerLengthBelow5") frame[14] = 0x40 | random(0, 4);
  if (kind === "padded") setUint16(frame, 16, random(headerBytes, fitting - 1));
  if (kind === "totalLengthBeyondFrame") setUint16(frame, 16, random(fitting + 1, 0xffff));
  if (kind === "totalLengthBelowHeader") setUint16(frame, 16, random(0, headerBytes - 1));
  writeChecksum(frame, headerBytes);
  if (kind === "badChecksum") frame[25]! ^= 1 << random(0, 7);
}

/** The first fragment of a datagram, one of the middle, or the last one (RFC 791, 3.2). */
function fragmentField(random: Random): number {
  const moreFragments = 0x2000;
  const offset = random(1, 8000);
  return [moreFragments, moreFragments | offset, offset][random(0, 2)]!;
}

export function writeChecksum(frame: Uint8Array, headerBytes: number): void {
  setUint16(frame, 24, 0);
  setUint16(frame, 24, internetChecksum(frame.subarray(14, 14 + headerBytes)));
}
