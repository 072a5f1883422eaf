/**
 * Captures in the classic pcap format (draft-ietf-opsawg-pcap, pcap-savefile(5)): microseconds or
 * nanoseconds, either byte order, Ethernet frames.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";

export interface CapturedFrame {
  readonly frame: Uint8Array;
  /** Nanoseconds since 1970, as seconds and the rest. */
  readonly seconds: number;
  readonly nanoseconds: number;
}

const microsecondMagic = 0xa1b2c3d4;
const nanosecondMagic = 0xa1b23c4d;
const pcapngMagic = 0x0a0d0d0a;
const linkTypeEthernet = 1;
const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
const snapBytes = 65_535;

/** @throws IopathError, exit status 5: no such file, not a pcap, cut short, not Ethernet */
export function readPcap(file: string): CapturedFrame[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw inputError(file, `can't be read (${(cause as NodeJS.ErrnoException).code})`);
  }
  return parsePcap(bytes, file);
}

/** @param name for messages */
export function parsePcap(bytes: Uint8Array, name: string): CapturedFrame[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { littleEndian, nanoseconds } = readFileHeader(view, name);
  const frames: CapturedFrame[] = [];
  for (let at = fileHeaderBytes; at < view.byteLength; ) {
    const record = frames.length + 1;
    if (at + recordHeaderBytes > view.byteLength) throw cut(name, record);
    const captured = view.getUint32(at + 8, littleEndian);
    const original = view.getUint32(at + 12, littleEndian);
    if (at + recordHeaderBytes + captured > view.byteLength) throw cut(name, record);
    if (captured < original) {
      const detail = `${captured} of ${original} bytes of frame ${record} were captured`;
      throw inputError(name, detail, "capture whole frames (`tcpdump -s 0`)");
    }
    const fraction = view.getUint32(at + 4, littleEndian);
    const start = at + recordHeaderBytes;
    frames.push({
      frame: Uint8Array.from(bytes.subarray(start, start + captured)),
      seconds: view.getUint32(at, littleEndian),
      nanoseconds: nanoseconds ? fraction : fraction * 1000,
    });
    at = start + captured;
  }
  return frames;
}

function readFileHeader(view: DataView, name: string) {
  if (view.byteLength < 4) throw inputError(name, "is no pcap file: it is too short");
  const asLittle = view.getUint32(0, true);
  if (asLittle === pcapngMagic) {
    const remedy = "convert it: `editcap -F pcap IN OUT`, or `tcpdump -r IN -w OUT`";
    throw inputError(name, "is a pcapng file, and classic pcap is read", remedy);
  }
  const known = [microsecondMagic, nanosecondMagic];
  const littleEndian = known.includes(asLittle);
  const magic = littleEndian ? asLittle : view.getUint32(0, false);
  if (!known.includes(magic))
    throw inputError(name, "is no pcap file: its magic number is unknown");
  if (view.byteLength < fileHeaderBytes) throw inputError(name, "is cut short in its file header");
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  if (linkType !== linkTypeEthernet) {
    throw inputError(name, `holds frames of link type ${linkType}, not Ethernet (1)`);
  }
  return { littleEndian, nanoseconds: magic === nanosecondMagic };
}

function cut(name: string, record: number): IopathError {
  return inputError(name, `is cut short in frame ${record}`);
}

function inputError(name: string, what: string, remedy?: string): IopathError {
  return new IopathError(ExitStatus.input, `${name} ${what}`, remedy ? { remedy } : {});
}

/**
 * The frames as a pcap file with nanosecond times: little-endian, times of now in steps of 1 ns.
 */
export function formatPcap(frames: readonly Uint8Array[], startMs: number): Uint8Array {
  const size = frames.reduce(
    (sum, { length }) => sum + recordHeaderBytes + length,
    fileHeaderBytes,
  );
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, nanosecondMagic, true);
  view.setUint16(4, 2, true); // version 2.4
  view.setUint16(6, 4, true);
  view.setUint32(16, snapBytes, true);
  view.setUint32(20, linkTypeEthernet, true);
  let at = fileHeaderBytes;
  for (const [i, frame] of frames.entries()) {
    const nanoseconds = (startMs % 1000) * 1e6 + i;
    view.setUint32(at, Math.floor(startMs / 1000) + Math.floor(nanoseconds / 1e9), true);
    view.setUint32(at + 4, nanoseconds % 1e9, true);
    view.setUint32(at + 8, frame.length, true);
    view.setUint32(at + 12, frame.length, true);
    bytes.set(frame, at + recordHeaderBytes);
    at += recordHeaderBytes + frame.length;
  }
  return bytes;
}

export function writePcap(file: string, frames: readonly Uint8Array[]): void {
  try {
    writeFileSync(file, formatPcap(frames, Date.now()));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new IopathError(ExitStatus.output, `${file} can't be written (${code})`, {
      remedy: "name another file with --write-pcap",
      cause,
    });
  }
}
