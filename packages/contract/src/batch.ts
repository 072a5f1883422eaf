/**
 * A burst of frames, as columns. Frame i is `memory[offset[i] .. offset[i] + length[i]]` of the
 * path that received it. Allocated once and reused for every burst. Offsets are multiples of 4, so
 * that a frame can be read and written as 32-bit words.
 *
 * Between `receive` and `transmit` the workload has the frames. It may
 * - change any byte of a frame;
 * - drop it: its length becomes 0, and nothing else says so. `transmit` takes its buffer back;
 * - shorten it, to no less than the 14 bytes of an Ethernet header;
 * - lengthen it by up to `room.tail` bytes;
 * - move its start: `offset[i]` by a multiple of 4, forwards, or back by up to `room.head` bytes.
 *   Where `room.head` is 0, offsets stay as they are.
 *
 * It must not reorder frames, add to them, or keep one: frame i stays frame i, `count` stays as it
 * is, and the batch that `receive` filled is the next one that `transmit` takes. Paths give buffers
 * back in the order in which they came, and rely on it.
 */
export class Batch {
  readonly capacity: number;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  count = 0;

  /**
   * @param capacity most frames of one burst, 1 to 4096
   * @param columns where a workload wants them; at least as long, and memory of their own otherwise
   */
  constructor(capacity: number, columns?: BatchColumns) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 4096) {
      throw new RangeError(`a batch holds 1 to 4096 frames, not ${capacity}`);
    }
    this.capacity = capacity;
    this.offset = columns?.offset ?? new Uint32Array(capacity);
    this.length = columns?.length ?? new Uint32Array(capacity);
  }
}

export interface BatchColumns {
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
}

/** Bytes around each received frame that are the frame's, for a workload to use. */
export interface Room {
  /** In front of its first byte. */
  readonly head: number;
  /** Behind its last byte, also where it has the largest size of Ethernet. */
  readonly tail: number;
}

/** What a path has that says nothing about it: frames can be changed, shortened and dropped. */
export const noRoom: Room = { head: 0, tail: 0 };
