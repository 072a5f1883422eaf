/**
 * Captures in the classic pcap format (draft-ietf-opsawg-pcap, pcap-savefile(5)): microseconds or
 * nanoseconds, either byte order; and the form of it with longer record headers that some Linux
 * systems once wrote ("modified", Kuznetzov's).
 */
import { writeFileSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { inputError } from "../errors/input-error.ts";
import type { CapturedPacket } from "./packet.ts";

const microsecondMagic = 0xa1b2c3d4;
const nanosecondMagic = 0xa1b23c4d;
const modifiedMagic = 0xa1b2cd34;
const linkTypeEthernet = 1;
const fileHeaderBytes = 24;
const recordHeaderBytes = 16;
/** Interface, protocol and kind of packet stand behind the usual header. */
const modifiedHeaderBytes = 24;
const snapBytes = 65_535;
/** In the file header's last word: whether frames end with their check sequence. */
const checkSequenceFlag = 0x0400_0000;

interface FileHeader {
  readonly littleEndian: boolean;
  readonly nanoseconds: boolean;
  readonly headerBytes: number;
  readonly linkType: number;
  readonly checkSequenceBytes: number;
}

/** Whether a file begins as a classic pcap does, in either byte order. */
export function isPcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && byteOrder(viewOf(bytes)) !== undefined;
}

/**
 * @param name for messages
 * @throws IopathError, exit status 5: cut short, or frames that were not captured whole
 */
export function parsePcap(bytes: Uint8Array, name: string): CapturedPacket[] {
  const view = viewOf(bytes);
  const header = readFileHeader(view, name);
  const { littleEndian, nanoseconds, headerBytes, linkType, checkSequenceBytes } = header;
  const packets: CapturedPacket[] = [];
  for (let at = fileHeaderBytes; at < view.byteLength; ) {
    const record = packets.length + 1;
    if (at + headerBytes > view.byteLength) throw cutShort(name, record);
    const captured = view.getUint32(at + 8, littleEndian);
    const original = view.getUint32(at + 12, littleEndian);
    if (at + headerBytes + captured > view.byteLength) throw cutShort(name, record);
    if (captured < original) throw notWhole(name, record, captured, original);
    const fraction = view.getUint32(at + 4, littleEndian);
    const start = at + headerBytes;
    packets.push({
      bytes: Uint8Array.from(bytes.subarray(start, start + captured)),
      linkType,
      checkSequenceBytes,
      seconds: view.getUint32(at, littleEndian),
      nanoseconds: nanoseconds ? fraction : fraction * 1000,
    });
    at = start + captured;
  }
  return packets;
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

function byteOrder(view: DataView): boolean | undefined {
  const known = [microsecondMagic, nanosecondMagic, modifiedMagic];
  return [true, false].find((littleEndian) => known.includes(view.getUint32(0, littleEndian)));
}

function readFileHeader(view: DataView, name: string): FileHeader {
  const littleEndian = view.byteLength < 4 ? undefined : byteOrder(view);
  if (littleEndian === undefined) throw inputError(name, "is no pcap file");
  if (view.byteLength < fileHeaderBytes) throw inputError(name, "is cut short in its file header");
  const magic = view.getUint32(0, littleEndian);
  const link = view.getUint32(20, littleEndian);
  return {
    littleEndian,
    nanoseconds: magic === nanosecondMagic,
    headerBytes: magic === modifiedMagic ? modifiedHeaderBytes : recordHeaderBytes,
    linkType: link & 0xffff,
    // The file has a length for it too, in words of 16 bits, which some write as bytes.
    checkSequenceBytes: (link & checkSequenceFlag) !== 0 ? 4 : 0,
  };
}

export function cutShort(name: string, record: number): IopathError {
  const remedy = "keep the frames before it: `tcpdump -r IN -w OUT`";
  return inputError(name, `is cut short in frame ${record}`, remedy);
}

export function notWhole(
  name: string,
  record: number,
  captured: number,
  original: number,
): IopathError {
  const detail = `has ${captured} of ${original} bytes of frame ${record}`;
  return inputError(name, detail, "capture whole frames: `tcpdump -s 0`");
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
  const view = viewOf(bytes);
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
