/** Frames that no port here takes, why they have that size, and what to do about each kind. */
import { crc32 } from "node:zlib";
import { inputError } from "../errors/input-error.ts";

/** In memory, without frame check sequence: an Ethernet header, and an MTU of 1500. */
const sendableBytes = { min: 14, max: 1514 };

const tagBytes = 4;
const checkSequenceBytes = 4;
const vlanTags = [0x8100, 0x88a8, 0x9100];

interface SizedFrame {
  readonly frame: Uint8Array;
  /** Whether the capture says that the frame ends with its check sequence. */
  readonly hasCheckSequence: boolean;
}

/** Why a frame has a size that no port takes, and how to mend the capture. */
interface Kind {
  readonly why: string;
  readonly remedy: string;
}

const tooShort: Kind = {
  why: "no whole Ethernet header",
  remedy: "cut it out: `tcpdump -r IN -w OUT 'greater 14'`",
};
const withCheckSequence: Kind = {
  why: "its frame check sequence is the last 4 of them",
  remedy: "take it off each frame: `editcap -C -4 IN OUT`",
};
const tagged: Kind = {
  why: "a full frame and its VLAN tag",
  remedy: "take the tags off: `tcprewrite --enet-vlan=del -i IN -o OUT`",
};
const merged: Kind = {
  why: "segments that an offload merged (GRO, GSO, TSO, LRO), or a jumbo frame",
  remedy:
    "capture with offloads off (`ethtool -K DEV gro off gso off tso off lro off`), " +
    "or cut it out: `tcpdump -r IN -w OUT 'less 1514'`",
};
const jumbo: Kind = {
  why: "a jumbo frame",
  remedy: "cut it out: `tcpdump -r IN -w OUT 'less 1514'`",
};

/**
 * @param name of the capture, for messages
 * @throws IopathError, exit status 5, about the first frame that no port takes
 */
export function refuseUnsendable(frames: readonly SizedFrame[], name: string): void {
  const kinds = frames.map(kindOf);
  const first = kinds.findIndex((kind) => kind !== undefined);
  if (first < 0) return;
  const { why, remedy } = kinds[first]!;
  const others = kinds.filter((kind) => kind !== undefined).length - 1;
  const more = others === 0 ? "" : `; ${others} more frames have such sizes`;
  const { min, max } = sendableBytes;
  const bytes = frames[first]!.frame.length;
  const what = `has ${bytes} bytes in frame ${first + 1} (${why}), and a port takes ${min} to ${max}`;
  throw inputError(name, what + more, remedy);
}

function kindOf({ frame, hasCheckSequence }: SizedFrame): Kind | undefined {
  const { length } = frame;
  const { min, max } = sendableBytes;
  if (length < min) return tooShort;
  if (length <= max) return undefined;
  const tags = tagsOf(frame) * tagBytes;
  const checked = hasCheckSequence || endsWithCheckSequence(frame);
  if (checked && length - checkSequenceBytes <= max + tags) return withCheckSequence;
  if (tags > 0 && length <= max + tags) return tagged;
  return isTransport(frame, tags) ? merged : jumbo;
}

function etherTypeAt(frame: Uint8Array, at: number): number {
  return (frame[at]! << 8) | frame[at + 1]!;
}

function tagsOf(frame: Uint8Array): number {
  let tags = 0;
  while (vlanTags.includes(etherTypeAt(frame, 12 + tags * tagBytes))) tags++;
  return tags;
}

/** CRC-32 over the rest, lowest byte first, as it goes over the wire (IEEE 802.3, 3.2.9). */
function endsWithCheckSequence(frame: Uint8Array): boolean {
  const end = frame.length - checkSequenceBytes;
  const last = new DataView(frame.buffer, frame.byteOffset + end, checkSequenceBytes);
  return last.getUint32(0, true) === crc32(frame.subarray(0, end));
}

/** TCP or UDP, whose segments the kernel merges. @param tags bytes of VLAN tags */
function isTransport(frame: Uint8Array, tags: number): boolean {
  const etherType = etherTypeAt(frame, 12 + tags);
  const protocol =
    etherType === 0x0800 ? frame[23 + tags] : etherType === 0x86dd ? frame[20 + tags] : undefined;
  return protocol === 6 || protocol === 17;
}
