/** One packet of a capture, as the file has it. */
export interface CapturedPacket {
  readonly bytes: Uint8Array;
  /** What the packet begins with: a number of https://www.tcpdump.org/linktypes.html. */
  readonly linkType: number;
  /** Bytes of frame check sequence at its end, where the file says so. */
  readonly checkSequenceBytes: number;
  /** Nanoseconds since 1970, as seconds and the rest. */
  readonly seconds: number;
  readonly nanoseconds: number;
}
