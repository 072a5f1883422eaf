/**
 * Captures in the pcapng format (draft-ietf-opsawg-pcapng): sections of blocks, each section with a
 * byte order and interfaces of its own. Blocks that hold no packets are skipped.
 */
import { inputError } from "../errors/input-error.ts";
import type { CapturedPacket } from "./packet.ts";
import { cutShort, notWhole } from "./pcap.ts";

const sectionHeaderBlock = 0x0a0d0d0a;
const interfaceBlock = 1;
/** Obsolete, but still found. */
const packetBlock = 2;
const simplePacketBlock = 3;
const enhancedPacketBlock = 6;

const byteOrderMagic = 0x1a2b3c4d;
const timeResolutionOption = 9;
const checkSequenceOption = 13;

interface Interface {
  readonly linkType: number;
  readonly snapBytes: number;
  readonly ticksPerSecond: number;
  readonly checkSequenceBytes: number;
}

/** A block without its type and its two lengths. */
interface Block {
  readonly type: number;
  readonly body: DataView;
}

/** Whether a file begins as a pcapng does, in either byte order. */
export function isPcapng(bytes: Uint8Array): boolean {
  return [0x0a, 0x0d, 0x0d, 0x0a].every((byte, i) => bytes[i] === byte);
}

/**
 * @param name for messages
 * @throws IopathError, exit status 5: cut short, damaged, or frames that were not captured whole
 */
export function parsePcapng(bytes: Uint8Array, name: string): CapturedPacket[] {
  const packets: CapturedPacket[] = [];
  let interfaces: Interface[] = [];
  let littleEndian = true;
  for (let at = 0; at < bytes.length; ) {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
    if (view.byteLength < 12) throw cutShort(name, packets.length + 1);
    if (view.getUint32(0, true) === sectionHeaderBlock) {
      littleEndian = view.getUint32(8, true) === byteOrderMagic;
      if (!littleEndian && view.getUint32(8, false) !== byteOrderMagic) throw damaged(name);
      interfaces = [];
    }
    const length = view.getUint32(4, littleEndian);
    if (length < 12 || length % 4 !== 0) throw damaged(name);
    if (length > view.byteLength) throw cutShort(name, packets.length + 1);
    const body = new DataView(bytes.buffer, bytes.byteOffset + at + 8, length - 12);
    const block = { type: view.getUint32(0, littleEndian), body };
    if (block.type === interfaceBlock) interfaces.push(readInterface(block, littleEndian, name));
    const packet = readPacket(block, littleEndian, interfaces, packets.length + 1, name);
    if (packet) packets.push(packet);
    at += length;
  }
  return packets;
}

function damaged(name: string) {
  const remedy = "write it again: `editcap IN OUT`";
  return inputError(name, "is damaged: a block has no valid length or byte order", remedy);
}

function readInterface({ body }: Block, littleEndian: boolean, name: string): Interface {
  if (body.byteLength < 8) throw damaged(name);
  let ticksPerSecond = 1e6;
  let checkSequenceBytes = 0;
  for (let at = 8; at + 4 <= body.byteLength; ) {
    const option = body.getUint16(at, littleEndian);
    const length = body.getUint16(at + 2, littleEndian);
    if (option === 0 || at + 4 + length > body.byteLength) break;
    const value = length > 0 ? body.getUint8(at + 4) : 0;
    if (option === timeResolutionOption) ticksPerSecond = ticksOf(value);
    if (option === checkSequenceOption && value > 0) checkSequenceBytes = 4;
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return {
    linkType: body.getUint16(0, littleEndian),
    snapBytes: body.getUint32(4, littleEndian) || 0xffff_ffff,
    ticksPerSecond,
    checkSequenceBytes,
  };
}

/** A negative power of ten, or of two when the highest bit is set. */
function ticksOf(resolution: number): number {
  return resolution & 0x80 ? 2 ** (resolution & 0x7f) : 10 ** resolution;
}

function readPacket(
  { type, body }: Block,
  littleEndian: boolean,
  interfaces: readonly Interface[],
  record: number,
  name: string,
): CapturedPacket | undefined {
  if (type === simplePacketBlock) {
    if (body.byteLength < 4) throw damaged(name);
    const from = interfaces[0];
    if (!from) throw damaged(name);
    const original = body.getUint32(0, littleEndian);
    const captured = Math.min(original, from.snapBytes, body.byteLength - 4);
    return packetOf({ body, start: 4, captured, original, from, ticks: 0 }, record, name);
  }
  if (type !== enhancedPacketBlock && type !== packetBlock) return undefined;
  if (body.byteLength < 20) throw damaged(name);
  const index =
    type === packetBlock ? body.getUint16(0, littleEndian) : body.getUint32(0, littleEndian);
  const from = interfaces[index];
  if (!from) throw damaged(name);
  const ticks = body.getUint32(4, littleEndian) * 2 ** 32 + body.getUint32(8, littleEndian);
  const captured = body.getUint32(12, littleEndian);
  const original = body.getUint32(16, littleEndian);
  return packetOf({ body, start: 20, captured, original, from, ticks }, record, name);
}

interface Found {
  readonly body: DataView;
  /** Where in the body its bytes begin. */
  readonly start: number;
  readonly captured: number;
  readonly original: number;
  readonly from: Interface;
  readonly ticks: number;
}

function packetOf(found: Found, record: number, name: string): CapturedPacket {
  const { body, start, captured, original, from, ticks } = found;
  if (start + captured > body.byteLength) throw damaged(name);
  if (captured < original) throw notWhole(name, record, captured, original);
  const { linkType, ticksPerSecond, checkSequenceBytes } = from;
  const whole = new Uint8Array(body.buffer, body.byteOffset + start, captured);
  const seconds = Math.floor(ticks / ticksPerSecond);
  const rest = ticks - seconds * ticksPerSecond;
  return {
    bytes: Uint8Array.from(whole),
    linkType,
    checkSequenceBytes,
    seconds,
    nanoseconds: Math.floor((rest / ticksPerSecond) * 1e9),
  };
}
