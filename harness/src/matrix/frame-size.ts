/** Frame sizes of the matrix: bytes on the wire (RFC 2544), or a mix of sizes. */
import { frameBytesMax, frameBytesMin } from "@iopath/contract";

/** Bytes, frame check sequence included, or the mix by its name. */
export type FrameSize = number | "imix";

/**
 * One turn of the simple IMIX: 7 frames of 64 bytes, 4 of 570 and 1 of 1518, which is CSIT's
 * IMIX_v4_1 (28, 16 and 4 of 48 frames). Spread, so that every part of the turn is about as mixed
 * as the whole.
 */
const imixTurn: readonly number[] = [64, 570, 64, 64, 570, 64, 1518, 64, 570, 64, 570, 64];

/** Ethernet frame sizes of RFC 2544, 9.1. */
const rfc2544Sizes: readonly number[] = [64, 128, 256, 512, 1024, 1280, 1518];

/** The sizes that follow each other, over and over. */
export function turnOf(size: FrameSize): readonly number[] {
  return size === "imix" ? imixTurn : [size];
}

/** Mean bytes of a frame, rounded to whole bytes: 354 for IMIX. */
export function meanFrameBytes(size: FrameSize): number {
  const turn = turnOf(size);
  return Math.round(turn.reduce((sum, bytes) => sum + bytes, 0) / turn.length);
}

/** What a row says in `frame_mix`: nothing when all frames have one size. */
export function frameMixOf(size: FrameSize): "" | "imix" {
  return size === "imix" ? "imix" : "";
}

/** As part of a cell's id: "64B", "imix". */
export function nameOfSize(size: FrameSize): string {
  return size === "imix" ? size : `${size}B`;
}

/** The sizes that a word of a flag stands for; undefined for a number. */
export function sizesOfWord(word: string): FrameSize[] | undefined {
  if (word === "rfc2544") return [...rfc2544Sizes];
  return word === "imix" ? [word] : undefined;
}

export function isFrameSize(value: unknown): value is FrameSize {
  if (typeof value !== "number") return value === "imix";
  return Number.isInteger(value) && value >= frameBytesMin && value <= frameBytesMax;
}

/** For a value that is no frame size. */
export function frameSizeProblem(value: unknown): string {
  if (typeof value === "number" && value < frameBytesMin) {
    return `a frame has ${frameBytesMin} bytes at least`;
  }
  if (typeof value === "number" && value > frameBytesMax) {
    return `${frameBytesMax} bytes is the largest frame: an MTU of 1500, 14 of header, 4 of FCS`;
  }
  return "a frame size is a whole number of bytes, or imix";
}
