/** What a wire can't carry as it is. A veth pair carries everything; a network card does not. */

import { etherTypeIpv4, etherTypeIpv6 } from "./frame.ts";
import { isTagged, uint16 } from "./inspect.ts";

/** Plain data, so that it can be handed to a trial process as JSON. */
export interface WireLimits {
  /**
   * Shorter frames are padded with zeros to this length, in memory (without frame check sequence).
   */
  readonly shortestFrameBytes: number;
  /** Frames whose IP header can't be parsed never arrive: QEMU's cards look into what they send. */
  readonly dropsBrokenIp: boolean;
  /** Frames with an IEEE 802.1Q tag never arrive: no VLAN was set up. */
  readonly dropsVlanTagged: boolean;
}

/** Why a frame never arrives at the other end of a wire, in words. */
export type NotCarried =
  | "the wire carries no VLAN tags"
  | "the card drops IP headers that its parser refuses"
  | "the card writes a length into an IPv6 header that has none";

/** The frame as it arrives at the other end; a reason for one that does not. */
export function asOnWire(frame: Uint8Array, limits?: WireLimits): Uint8Array | NotCarried {
  if (limits === undefined) return frame;
  if (limits.dropsVlanTagged && isTagged(frame)) return "the wire carries no VLAN tags";
  const padded = padTo(limits.shortestFrameBytes, frame);
  if (limits.dropsBrokenIp && isBrokenIp(padded)) {
    return "the card drops IP headers that its parser refuses";
  }
  if (limits.dropsBrokenIp && isWithoutLength(padded)) {
    return "the card writes a length into an IPv6 header that has none";
  }
  return padded;
}

function padTo(bytes: number, frame: Uint8Array): Uint8Array {
  if (frame.length >= bytes) return frame;
  const padded = new Uint8Array(bytes);
  padded.set(frame);
  return padded;
}

/** An IP header that is not whole, or whose extension headers lead beyond the frame. */
function isBrokenIp(frame: Uint8Array): boolean {
  const etherType = uint16(frame, 12);
  if (etherType === etherTypeIpv6) return isBrokenIpv6(frame);
  const headerBytes = (frame[14]! & 0xf) * 4;
  return etherType === etherTypeIpv4 && (headerBytes < 20 || 14 + headerBytes > frame.length);
}

/** What eth_is_ip6_extension_header_type() of QEMU's net/eth.c knows. */
const extensionHeaders = [0, 43, 44, 50, 51, 60, 135];

function isBrokenIpv6(frame: Uint8Array): boolean {
  let end = 54;
  let next = frame[20]!;
  while (end <= frame.length && extensionHeaders.includes(next)) {
    next = frame[end]!;
    end += 8 * (frame[end + 1]! + 1);
  }
  return !(end <= frame.length);
}

/** net_tx_pkt_fix_ip6_payload_len() of QEMU's hw/net/net_tx_pkt.c. */
function isWithoutLength(frame: Uint8Array): boolean {
  return uint16(frame, 12) === etherTypeIpv6 && uint16(frame, 18) === 0;
}

/** The next frame of an endless supply that arrives. */
export function nextOnWire(next: () => { frame: Uint8Array }, limits?: WireLimits): Uint8Array {
  for (;;) {
    const frame = asOnWire(next().frame, limits);
    if (typeof frame !== "string") return frame;
  }
}
