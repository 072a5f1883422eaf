/** What a wire can't carry as it is. A veth pair carries everything; a network card does not. */

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

/** The frame as it arrives at the other end; undefined for one that does not. */
export function asOnWire(frame: Uint8Array, limits?: WireLimits): Uint8Array | undefined {
  if (limits === undefined) return frame;
  if (limits.dropsVlanTagged && frame[12] === 0x81 && frame[13] === 0x00) return undefined;
  if (limits.dropsBrokenIp && isBrokenIp(frame)) return undefined;
  if (frame.length >= limits.shortestFrameBytes) return frame;
  const padded = new Uint8Array(limits.shortestFrameBytes);
  padded.set(frame);
  return padded;
}

/** An IPv4 header shorter than 20 bytes, or any IPv6, whose chain of headers may lead nowhere. */
function isBrokenIp(frame: Uint8Array): boolean {
  const etherType = (frame[12]! << 8) | frame[13]!;
  if (etherType === 0x86dd) return true;
  return etherType === 0x0800 && (frame[14]! & 0xf) < 5;
}

/** The next frame of an endless supply that arrives. */
export function nextOnWire(next: () => { frame: Uint8Array }, limits?: WireLimits): Uint8Array {
  for (;;) {
    const frame = asOnWire(next().frame, limits);
    if (frame) return frame;
  }
}
