/**
 * The bytes of a capture, read once: of a file, of standard input, or of a pipe that a shell made
 * of `<(zcat …)`. What is compressed with gzip or Zstandard is unpacked.
 */
import { constants, createReadStream, openSync, statSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { Socket } from "node:net";
import { addAbortSignal, type Readable } from "node:stream";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
import { IopathError } from "@iopath/contract";
import { inputError } from "../errors/input-error.ts";

/** Frames are kept in memory, and sent to each trial. */
const bytesMax = 256 << 20;
const tooLarge = "is larger than 256 MiB";
const cutRemedy = "replay a part of it: `editcap -r IN OUT 1-100000`";

/** What other compressors begin a file with, and the program that unpacks it to a pipe. */
const otherFormats: readonly [start: readonly number[], name: string, program: string][] = [
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz", "xz -dc"],
  [[0x42, 0x5a, 0x68], "bzip2", "bzip2 -dc"],
  [[0x04, 0x22, 0x4d, 0x18], "LZ4", "lz4 -dc"],
  [[0x50, 0x4b, 0x03, 0x04], "zip", "unzip -p"],
];

/**
 * @param place a file's name, or `-` for standard input
 * @param signal ends the reading: a pipe may stay silent for ever
 * @throws IopathError, exit status 5: nothing to read, or nothing that can be unpacked
 */
export async function readCaptureBytes(place: string, signal: AbortSignal): Promise<Uint8Array> {
  const isPiped = place === "-" || (await isStandardInput(place));
  const open = isPiped ? standardInput : openFile;
  return unpack(await readAll(open, place, signal), place);
}

/** `/dev/stdin` can't be opened by name where it is a socket. */
async function isStandardInput(place: string): Promise<boolean> {
  if (/^\/(dev\/stdin|dev\/fd\/0|proc\/self\/fd\/0)$/.test(place)) return true;
  if (!place.startsWith("/dev/")) return false;
  return (await realpath(place).catch(() => place)) === "/proc/self/fd/0";
}

function standardInput(place: string): Readable {
  if (!process.stdin.isTTY) return process.stdin;
  const remedy = `give it a capture: \`iopath verify --pcap ${place} <FILE\``;
  throw inputError(place, "is a terminal", remedy);
}

/** A pipe is opened without waiting for its writer: no signal ends an open(2) that waits. */
function openFile(place: string): Readable {
  if (!statSync(place).isFIFO()) return createReadStream(place);
  const fd = openSync(place, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/** No more than is kept: a pipe or a device may have no end. */
async function readAll(
  open: (place: string) => Readable,
  place: string,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of addAbortSignal(signal, open(place))) {
      chunks.push(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
      if (bytes > bytesMax) break;
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof IopathError) throw error;
    const code = codeOf(error);
    const remedy = code === "EISDIR" ? "name a file in that folder" : undefined;
    throw inputError(place, `can't be read (${code})`, remedy);
  }
  if (bytes > bytesMax) throw inputError(place, tooLarge, cutRemedy);
  return Buffer.concat(chunks);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}

function unpack(packed: Uint8Array, place: string): Uint8Array {
  const startsWith = (start: readonly number[]) => start.every((byte, i) => packed[i] === byte);
  const unpackers = [
    [[0x1f, 0x8b], gunzipSync, "gzip", "gzip -dc"],
    [[0x28, 0xb5, 0x2f, 0xfd], zstdDecompressSync, "Zstandard", "zstd -dc"],
  ] as const;
  for (const [start, decompress, name, program] of unpackers) {
    if (!startsWith(start)) continue;
    try {
      return decompress(packed, { maxOutputLength: bytesMax });
    } catch (error) {
      if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") throw inputError(place, tooLarge, cutRemedy);
      const what = `is damaged: ${name} can't unpack it (${codeOf(error)})`;
      throw inputError(place, what, `keep what is whole: \`${program} IN >OUT\``);
    }
  }
  const other = otherFormats.find(([start]) => startsWith(start));
  if (!other) return packed;
  const [, name, program] = other;
  const remedy = `unpack it: \`${program} ${place} | iopath verify --pcap -\``;
  throw inputError(place, `is compressed with ${name}`, remedy);
}
