/**
 * VLAN tags on packet sockets. The kernel takes the tag off before a packet socket sees the frame,
 * so a tagged IPv4 frame would look like a plain one, and be forwarded without its tag. A socket
 * filter (classic BPF, socket(7) SO_ATTACH_FILTER) cuts such frames to a length that no frame has;
 * the port knows them by it and gives them their EtherType back.
 */
import type { Socket } from "@iopath/native";
import { SKF_AD_OFF, SKF_AD_VLAN_TAG_PRESENT, SO_ATTACH_FILTER } from "./abi.ts";
import { attachClassicFilter, type ClassicInstruction } from "./classic-filter.ts";

/** Shorter than the Ethernet header that every frame has. */
export const vlanMarkBytes = 12;
/** Where a frame counts as having both headers, tag included. */
const shortestTaggedBytes = 34;
const vlanTagBytes = 4;

/** linux/filter.h, bpf_common.h */
const loadAbsoluteByte = 0x30;
const loadLength = 0x80;
const jumpIfEqual = 0x15;
const jumpIfAboveOrEqual = 0x35;
const returnBytes = 0x06;
const wholeFrame = 0x4_0000;

const program: readonly ClassicInstruction[] = [
  [loadAbsoluteByte, 0, 0, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT],
  [jumpIfEqual, 0, 1, 0],
  [returnBytes, 0, 0, wholeFrame],
  [loadLength, 0, 0, 0],
  [jumpIfAboveOrEqual, 1, 0, shortestTaggedBytes - vlanTagBytes],
  [returnBytes, 0, 0, vlanMarkBytes + 1], // a runt, tagged or not
  [returnBytes, 0, 0, vlanMarkBytes],
];

export function attachVlanFilter(socket: Socket): void {
  attachClassicFilter(socket, SO_ATTACH_FILTER, "SO_ATTACH_FILTER", program);
}

/** Writes EtherType 0x8100 where the tag was; returns a length with room for both headers. */
export function restoreVlanFrame(bytes: Uint8Array, at: number): number {
  bytes[at + 12] = 0x81;
  bytes[at + 13] = 0x00;
  return shortestTaggedBytes;
}
