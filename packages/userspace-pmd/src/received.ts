/**
 * The mbufs of the frames that were received last. Ingress and egress share them: a driver's
 * rx_burst fills the list, the columns of the batch are made of it, and when the workload left all
 * frames at their lengths the same list goes to tx_burst as it is.
 */
import { type Batch, largestFrameBytes, type Room, withOwnCode } from "@iopath/contract";
import { bufferBytes, frameAt, mbuf } from "./abi.ts";
import type { MbufList } from "./mbuf-list.ts";
import type { Pool } from "./pool.ts";

const dataOffsetHalf = mbuf.dataOffset >> 1;
const dataLengthHalf = mbuf.dataLength >> 1;
/** More than any of the drivers leaves free in front of a frame. */
const headroomMax = 384;

/**
 * An mbuf is found by where its frame begins, so that frames can't move. Behind the largest frame
 * there is the rest of a buffer, wherever the driver lets frames begin.
 */
export const pmdRoom: Room = { head: 0, tail: bufferBytes - headroomMax - largestFrameBytes };

/** What belongs to one batch, made for it once: V8 then knows where its columns are. */
export interface Columns {
  readonly batch: Batch;
  /**
   * Fills the batch's columns from the first `count` mbufs of the list.
   *
   * @returns 0 when all frames begin at the usual place
   */
  readonly tabulate: (count: number) => number;
  /** Whether the first `count` frames have the lengths that they were received with. */
  readonly haveLengthsReceived: (count: number) => boolean;
}

export class Received {
  readonly pool: Pool;
  readonly list: MbufList;
  /** From the start of an mbuf to its frame: a driver puts all of its frames at one place. */
  frameAt = frameAt;
  /** Those of the batch that has the frames of the list, until the list is given to the driver. */
  columns: Columns | undefined;

  constructor(pool: Pool, list: MbufList) {
    this.pool = pool;
    this.list = list;
  }

  columnsOf(batch: Batch): Columns {
    const came = new Uint32Array(batch.capacity);
    const { pool, list } = this;
    const place = { frameAt: this.frameAt, dataOffset: this.frameAt - mbuf.bytes };
    const halves = { dataOffsetHalf, dataLengthHalf };
    return {
      batch,
      tabulate: withOwnCode(makeTabulate)({
        ...{ batch, came, pointers: list.words, pool, ...place, ...halves },
      }),
      haveLengthsReceived: withOwnCode(makeComparison)(batch.length, came),
    };
  }

  /**
   * Not all frames of this burst begin where we said. The first one ever tells where; others are
   * moved there.
   *
   * @param isFirst whether no burst came before this one
   * @returns whether frames are now said to begin elsewhere, so that columns have to be made again
   */
  align({ offset, count }: Batch, isFirst: boolean): boolean {
    const { words, bytes, halves, baseLow } = this.pool;
    const pointers = this.list.words;
    const before = this.frameAt;
    for (let i = 0; i < count; i++) {
      const start = (pointers[i << 1]! - baseLow) | 0;
      const found = mbuf.bytes + halves[(start >>> 1) + dataOffsetHalf]!;
      if (isFirst && i === 0 && (found & 3) === 0) this.frameAt = found;
      offset[i] = start + this.frameAt;
      if (found === this.frameAt) continue;
      const length = halves[(start >>> 1) + dataLengthHalf]!;
      bytes.copyWithin(start + this.frameAt, start + found, start + found + length);
      const word = (start + mbuf.dataOffset) >>> 2;
      words[word] = (words[word]! & ~0xffff) | (this.frameAt - mbuf.bytes);
    }
    return this.frameAt !== before;
  }
}

interface TabulateParts {
  readonly batch: Batch;
  /** A copy of the lengths, which no workload sees. */
  readonly came: Uint32Array;
  readonly pointers: Int32Array;
  readonly pool: Pool;
  readonly frameAt: number;
  readonly dataOffset: number;
  /** Half words from the start of an mbuf. */
  readonly dataOffsetHalf: number;
  readonly dataLengthHalf: number;
}

/** Two frames a turn: what a turn of the loop itself takes is a quarter of the work otherwise. */
function makeTabulate(parts: TabulateParts): Columns["tabulate"] {
  const { came, pointers, frameAt, dataOffset, dataOffsetHalf, dataLengthHalf } = parts;
  const { offset, length } = parts.batch;
  const { halves, baseLow } = parts.pool;
  return function tabulate(count) {
    let elsewhere = 0;
    let i = 0;
    for (const even = count & ~1; i < even; i += 2) {
      const first = (pointers[i << 1]! - baseLow) | 0;
      const second = (pointers[(i << 1) + 2]! - baseLow) | 0;
      const a = first >>> 1;
      const b = second >>> 1;
      elsewhere |=
        (halves[a + dataOffsetHalf]! ^ dataOffset) | (halves[b + dataOffsetHalf]! ^ dataOffset);
      offset[i] = first + frameAt;
      offset[i + 1] = second + frameAt;
      // Of a frame in several mbufs this is the first one's part.
      came[i] = length[i] = halves[a + dataLengthHalf]!;
      came[i + 1] = length[i + 1] = halves[b + dataLengthHalf]!;
    }
    if (i < count) {
      const last = (pointers[i << 1]! - baseLow) | 0;
      elsewhere |= halves[(last >>> 1) + dataOffsetHalf]! ^ dataOffset;
      offset[i] = last + frameAt;
      came[i] = length[i] = halves[(last >>> 1) + dataLengthHalf]!;
    }
    return elsewhere;
  };
}

/** Four frames a turn. */
function makeComparison(length: Uint32Array, came: Uint32Array): Columns["haveLengthsReceived"] {
  return function haveLengthsReceived(count) {
    let i = 0;
    for (const whole = count & ~3; i < whole; i += 4) {
      const first = (length[i]! ^ came[i]!) | (length[i + 1]! ^ came[i + 1]!);
      if ((first | (length[i + 2]! ^ came[i + 2]!) | (length[i + 3]! ^ came[i + 3]!)) !== 0) {
        return false;
      }
    }
    for (; i < count; i++) if (length[i] !== came[i]) return false;
    return true;
  };
}
