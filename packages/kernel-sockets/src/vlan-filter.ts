/**
 * VLAN tags on packet sockets. The kernel takes the tag off before a packet socket sees the frame,
 * so a tagged IPv4 frame would look like a plain one, and be forwarded without its tag. A socket
 * filter (classic BPF, socket(7) SO_ATTACH_FILTER) cuts such frames to a length that no frame has;
 * the port knows them by it and gives them their EtherType back. Where the workload would send them
 * on, the filter drops them: their tags are lost.
 */
import { ethernetHeaderBytes } from "@iopath/contract";
import type { Socket } from "@iopath/native";
import { SKF_AD_OFF, SKF_AD_VLAN_TAG_PRESENT, SO_ATTACH_FILTER } from "./abi.ts";
import { attachClassicFilter, type ClassicInstruction } from "./classic-filter.ts";

/** What becomes of tagged frames: the port sees what they were, or nothing of them. */
export type TaggedFrames = "marked" | "dropped";

/** Every frame has a whole header, so that what is shorter is a mark. */
export const frameBytesUnmarked = ethernetHeaderBytes;
const markOfFrame = 12;
const markOfRunt = 13;
/** A frame of fewer bytes, tag included, is a runt. */
const taggedBytes = 34;
const runtBytes = 20;
const vlanTagBytes = 4;

/** linux/filter.h, bpf_common.h */
const loadAbsoluteByte = 0x30;
const loadLength = 0x80;
const jumpIfEqual = 0x15;
const jumpIfAboveOrEqual = 0x35;
const returnBytes = 0x06;
const wholeFrame = 0x4_0000;

const wasTagged: readonly ClassicInstruction[] = [
  [loadAbsoluteByte, 0, 0, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT],
  [jumpIfEqual, 0, 1, 0],
  [returnBytes, 0, 0, wholeFrame],
];
const programs: Record<TaggedFrames, readonly ClassicInstruction[]> = {
  marked: [
    ...wasTagged,
    [loadLength, 0, 0, 0],
    [jumpIfAboveOrEqual, 1, 0, taggedBytes - vlanTagBytes],
    [returnBytes, 0, 0, markOfRunt],
    [returnBytes, 0, 0, markOfFrame],
  ],
  dropped: [...wasTagged, [returnBytes, 0, 0, 0]],
};

export function attachVlanFilter(socket: Socket, tagged: TaggedFrames): void {
  attachClassicFilter(socket, SO_ATTACH_FILTER, "SO_ATTACH_FILTER", programs[tagged]);
}

/**
 * Writes EtherType 0x8100 where the tag was.
 *
 * @param length of a mark, or of a datagram as short
 * @returns what the frame's length is to be: as many bytes as are known to have been there
 */
export function restoreVlanFrame(bytes: Uint8Array, at: number, length: number): number {
  if (length !== markOfFrame && length !== markOfRunt) return length;
  bytes[at + 12] = 0x81;
  bytes[at + 13] = 0x00;
  return length === markOfFrame ? taggedBytes : runtBytes;
}
