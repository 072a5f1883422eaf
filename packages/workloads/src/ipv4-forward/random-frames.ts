/** Frames of every kind that a forwarder meets. The same seed gives the same frames. */
import { frameBytesMax, type Hop, internetChecksum, memoryBytes, parseMac } from "@iopath/contract";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

type Random = (min: number, max: number) => number;

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
] as const;

export type FrameKind = (typeof kinds)[number][0];
export const frameKinds: readonly FrameKind[] = kinds.map(([kind]) => kind);

const kindByLot: readonly FrameKind[] = kinds.flatMap(([kind, weight]) =>
  Array<FrameKind>(weight).fill(kind),
);

/** ARP, IPv6, LLDP, PTP, MPLS: none of them IPv4, none a VLAN tag. */
const otherEtherTypes = [0x0806, 0x86dd, 0x88cc, 0x88f7, 0x8847];
/** Options that a router leaves as they are: end of list, and no operation (RFC 791). */
const inertOptions = [0x01, 0x00];

/**
 * An endless supply of random frames. Addresses are of 198.18.0.0/15 (RFC 2544 benchmarking), the
 * identification field counts up, so that no two of 65,536 successive frames are equal.
 *
 * @param macs of the forwarder's ingress port, and of the tester
 */
export function randomFrames(
  seed: number,
  { destinationMac, sourceMac }: Hop,
): () => { kind: FrameKind; frame: Uint8Array } {
  const generator = xoroshiro128plus(seed);
  const random: Random = (min, max) => uniformInt(generator, min, max);
  const macs = new Uint8Array(12);
  macs.set(parseMac(destinationMac), 0);
  macs.set(parseMac(sourceMac), 6);
  let sequence = 0;
  return () => {
    const kind = kindByLot[random(0, kindByLot.length - 1)]!;
    return { kind, frame: makeFrame(kind, macs, sequence++, random) };
  };
}

function makeFrame(
  kind: FrameKind,
  macs: Uint8Array,
  sequence: number,
  random: Random,
): Uint8Array {
  const frame = new Uint8Array(memoryLength(kind, random));
  fillRandomly(frame, random);
  frame.set(macs, 0);
  if (kind === "runt" || kind === "otherEtherType") {
    setUint16(frame, 12, otherEtherTypes[random(0, otherEtherTypes.length - 1)]!);
    return frame;
  }
  setUint16(frame, 12, 0x0800);
  const headerBytes = kind === "options" ? 4 * random(6, 15) : 20;
  writeIpv4Header(frame, headerBytes, sequence, random);
  spoil(kind, frame, headerBytes, random);
  return kind === "vlanTagged" ? withVlanTag(frame, random) : frame;
}

function memoryLength(kind: FrameKind, random: Random): number {
  const largest = memoryBytes(frameBytesMax);
  if (kind === "smallest") return 60;
  if (kind === "largest") return largest;
  if (kind === "runt") return random(14, 33);
  if (kind === "vlanTagged") return random(60, largest - 4);
  return random(74, largest);
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
  setUint16(frame, 20, 0x4000); // don't fragment: a later fragment's payload means nothing
  frame[22] = random(2, 255);
  frame[23] = 17;
  frame.set([198, 18], 26);
  frame.set([198, 19], 30);
  frame.fill(inertOptions[random(0, 1)]!, 34, 14 + headerBytes);
  writeChecksum(frame, headerBytes);
}

/** Make the frame what its kind says; checksums stay right wherever the kind is not about them. */
function spoil(kind: FrameKind, frame: Uint8Array, headerBytes: number, random: Random): void {
  const fitting = frame.length - 14;
  if (kind === "badChecksum") frame[25]! ^= 1 << random(0, 7);
  if (kind === "timeToLive0") frame[22] = 0;
  if (kind === "timeToLive1") frame[22] = 1;
  if (kind === "version6InIpv4") frame[14] = 0x65;
  if (kind === "headerLengthBelow5") frame[14] = 0x40 | random(0, 4);
  if (kind === "padded") setUint16(frame, 16, random(headerBytes, fitting - 1));
  if (kind === "totalLengthBeyondFrame") setUint16(frame, 16, random(fitting + 1, 0xffff));
  if (kind === "totalLengthBelowHeader") setUint16(frame, 16, random(0, headerBytes - 1));
  if (kind !== "badChecksum") writeChecksum(frame, headerBytes);
}

/** IEEE 802.1Q: tag protocol 0x8100 and a VLAN id between the source MAC and the EtherType. */
function withVlanTag(frame: Uint8Array, random: Random): Uint8Array {
  const tagged = new Uint8Array(frame.length + 4);
  tagged.set(frame.subarray(0, 12), 0);
  setUint16(tagged, 12, 0x8100);
  setUint16(tagged, 14, random(1, 4094));
  tagged.set(frame.subarray(12), 16);
  return tagged;
}

function writeChecksum(frame: Uint8Array, headerBytes: number): void {
  setUint16(frame, 24, 0);
  setUint16(frame, 24, internetChecksum(frame.subarray(14, 14 + headerBytes)));
}

function setUint16(frame: Uint8Array, at: number, value: number): void {
  frame[at] = value >> 8;
  frame[at + 1] = value & 0xff;
}

/** One draw for four bytes: the filler is what most of the time would go to. */
function fillRandomly(frame: Uint8Array, random: Random): void {
  const words = new Uint32Array(Math.ceil(frame.length / 4));
  for (let i = 0; i < words.length; i++) words[i] = random(0, 0xffff_ffff);
  frame.set(new Uint8Array(words.buffer, 0, frame.length));
}
