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
 *
 * Where a path has its frames in a list of its own, a compiled workload may find and drop them
 * there (`InPlace`): columns would be that list once more. Such a batch has none.
 */
export class Batch {
  readonly capacity: number;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  /** Whether it has no columns: `receive` says how many frames came, and leaves them in a list. */
  readonly inPlace: boolean;
  count = 0;
  /** How many frames of a burst in place the workload dropped. */
  dropped = 0;

  /**
   * @param capacity most frames of one burst, 1 to 4096
   * @param columns where a workload wants them; at least as long, and memory of their own otherwise
   */
  constructor(capacity: number, columns?: BatchColumns | "in place") {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 4096) {
      throw new RangeError(`a batch holds 1 to 4096 frames, not ${capacity}`);
    }
    this.capacity = capacity;
    this.inPlace = columns === "in place";
    const own = () => new Uint32Array(this.inPlace ? 0 : capacity);
    const given = columns === "in place" ? undefined : columns;
    this.offset = given?.offset ?? own();
    this.length = given?.length ?? own();
  }
}

export interface BatchColumns {
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
}

/**
 * How compiled code finds the frames of a burst in a path's own list, and drops them there. The
 * contract knows no more of it; `Frames` of `@iopath/packet-language` is one.
 */
export interface InPlace {
  readonly form: "frames";
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
