/** What random frames of all workloads are made of. */
import { type Hop, hopBytes } from "@iopath/contract";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** From `min` to `max`, both included. */
export type Random = (min: number, max: number) => number;

export function randomOf(seed: number): Random {
  const generator = xoroshiro128plus(seed);
  return (min, max) => uniformInt(generator, min, max);
}

/** Each kind as often as its weight says. */
export function lotsOf<Kind extends string>(
  kinds: readonly (readonly [Kind, number])[],
): readonly Kind[] {
  return kinds.flatMap(([kind, weight]) => Array<Kind>(weight).fill(kind));
}

export function pick<T>(from: readonly T[], random: Random): T {
  return from[random(0, from.length - 1)]!;
}

/**
 * An endless supply of frames, each of a kind drawn by lot. The same seed gives the same frames.
 *
 * @param make a frame of a kind, with both MACs in it; `sequence` counts up
 */
export function framesByLot<Kind extends string>(
  lots: readonly Kind[],
  make: (kind: Kind, macs: Uint8Array, sequence: number, random: Random) => Uint8Array,
): (seed: number, hop: Hop) => () => { kind: Kind; frame: Uint8Array } {
  return (seed, hop) => {
    const random = randomOf(seed);
    const macs = hopBytes(hop);
    let sequence = 0;
    return () => {
      const kind = pick(lots, random);
      return { kind, frame: make(kind, macs, sequence++, random) };
    };
  };
}

export function setUint16(frame: Uint8Array, at: number, value: number): void {
  frame[at] = value >> 8;
  frame[at + 1] = value & 0xff;
}

/** One draw for four bytes: the filler is what most of the time would go to. */
export function fillRandomly(frame: Uint8Array, random: Random): void {
  const words = new Uint32Array(Math.ceil(frame.length / 4));
  for (let i = 0; i < words.length; i++) words[i] = random(0, 0xffff_ffff);
  frame.set(new Uint8Array(words.buffer, 0, frame.length));
}

type TaggedKind = "vlanTagged" | "priorityTagged" | "doubleTagged";

export function isTaggedKind(kind: string): kind is TaggedKind {
  return ["vlanTagged", "priorityTagged", "doubleTagged"].includes(kind);
}

export const tagBytes = 4;

export function withTags(kind: TaggedKind, frame: Uint8Array, random: Random): Uint8Array {
  if (kind === "vlanTagged") return withTag(frame, 0x8100, random(1, 4094));
  // VLAN 0: a tag that carries a priority alone.
  if (kind === "priorityTagged") return withTag(frame, 0x8100, random(0, 7) << 13);
  return withTag(withTag(frame, 0x8100, random(1, 4094)), 0x88a8, random(1, 4094));
}

/** IEEE 802.1Q: a tag between the source MAC and the EtherType. */
function withTag(frame: Uint8Array, protocol: number, control: number): Uint8Array {
  const tagged = new Uint8Array(frame.length + tagBytes);
  tagged.set(frame.subarray(0, 12), 0);
  setUint16(tagged, 12, protocol);
  setUint16(tagged, 14, control);
  tagged.set(frame.subarray(12), 16);
  return tagged;
}
