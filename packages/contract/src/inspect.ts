/** What an Ethernet frame says of itself: its VLAN tags, and the fields of its IPv4 header. */
import {
  ethernetHeaderBytes,
  etherTypeArp,
  etherTypeIpv4,
  etherTypeIpv6,
  internetChecksum,
  ipv4HeaderBytes,
} from "./frame.ts";

const tagBytes = 4;
/** IEEE 802.1Q and 802.1ad: those that Linux takes off. */
const tagProtocols = [0x8100, 0x88a8];
const shortestTaggedBytes = 20;

export interface Ipv4Header {
  readonly headerBytes: number;
  readonly totalBytes: number;
  readonly isFragment: boolean;
  readonly protocol: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
}

/** VLAN ids of a frame's tags, the outer one first. */
export function tagsOf(frame: Uint8Array): number[] {
  const ids: number[] = [];
  for (let at = 12; at + tagBytes <= frame.length; at += tagBytes) {
    if (!tagProtocols.includes(uint16(frame, at))) break;
    ids.push(uint16(frame, at + 2) & 0xfff);
  }
  return ids;
}

/** The frame without its VLAN tags; itself when it has none. */
export function withoutTags(frame: Uint8Array): Uint8Array {
  const taken = tagsOf(frame).length * tagBytes;
  if (taken === 0) return frame;
  const rest = new Uint8Array(frame.length - taken);
  rest.set(frame.subarray(0, 12));
  rest.set(frame.subarray(12 + taken), 12);
  return rest;
}

/** The header of an untagged IPv4 frame; undefined when it has none that is whole. */
export function headerOf(frame: Uint8Array): Ipv4Header | undefined {
  if (frame.length < ethernetHeaderBytes + ipv4HeaderBytes) return undefined;
  if (uint16(frame, 12) !== etherTypeIpv4 || frame[14]! >> 4 !== 4) return undefined;
  const headerBytes = (frame[14]! & 0xf) * 4;
  const totalBytes = uint16(frame, 16);
  if (headerBytes < ipv4HeaderBytes || totalBytes < headerBytes) return undefined;
  if (ethernetHeaderBytes + totalBytes > frame.length) return undefined;
  return {
    headerBytes,
    totalBytes,
    // More fragments, or an offset.
    isFragment: (uint16(frame, 20) & 0x3fff) !== 0,
    protocol: frame[23]!,
    source: frame.subarray(26, 30),
    destination: frame.subarray(30, 34),
  };
}

/** A header with a right checksum in it sums up to 0 (RFC 1071). */
export function isChecksumRight(frame: Uint8Array): boolean {
  const headerBytes = (frame[14]! & 0xf) * 4;
  const header = frame.subarray(ethernetHeaderBytes, ethernetHeaderBytes + headerBytes);
  return internetChecksum(header) === 0;
}

const endOfOptions = 0;
const noOperation = 1;
const routerAlert = 148;
const routerAlertBytes = 4;

/**
 * Whether a frame has IP options that a router does something about (RFC 791, 3.1): all but "no
 * operation", the end of the list with zeros behind it, and a router alert of 4 bytes (RFC 2113).
 */
export function hasOptionsToActOn(frame: Uint8Array): boolean {
  const end = ethernetHeaderBytes + (frame[14]! & 0xf) * 4;
  for (let at = ethernetHeaderBytes + ipv4HeaderBytes; at < end; ) {
    const kind = frame[at]!;
    if (kind === endOfOptions) return frame.subarray(at, end).some((byte) => byte !== 0);
    if (kind === noOperation) at++;
    else if (kind === routerAlert && frame[at + 1] === routerAlertBytes && at + 4 <= end) at += 4;
    else return true;
  }
  return false;
}

/**
 * Whether a frame says that it is tagged, and is too short for the kernel to take the tag off:
 * skb_vlan_untag() wants a tag and a half word behind the Ethernet header.
 */
export function isTaggedRunt(frame: Uint8Array): boolean {
  return frame.length < shortestTaggedBytes && isTagged(frame);
}

/** IPv4, ARP and IPv6: what a kernel handles beside packet sockets, whichever modules it has. */
const handledTypes = [etherTypeIpv4, etherTypeArp, etherTypeIpv6];

/** Whether a protocol of the kernel's takes the frame too, once its outer tag is off. */
export function isHandled(frame: Uint8Array): boolean {
  return tagsOf(frame).length < 2 && handledTypes.includes(uint16(withoutTags(frame), 12));
}

export function isTagged(frame: Uint8Array): boolean {
  return tagProtocols.includes(uint16(frame, 12));
}

export function uint16(frame: Uint8Array, at: number): number {
  return (frame[at]! << 8) | frame[at + 1]!;
}
