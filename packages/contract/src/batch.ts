/**
 * A burst of frames, as columns. Frame i is `memory[offset[i] .. offset[i] + length[i]]` of the
 * path that received it. Allocated once and reused for every burst.
 *
 * Offsets are multiples of 4, so that a frame can be read and written as 32-bit words. A length of
 * 0 marks a frame that the workload dropped: `transmit` takes its buffer back and sends nothing.
 */
export class Batch {
  readonly capacity: number;
  readonly offset: Uint32Array;
  readonly length: Uint32Array;
  count = 0;
  /** How many of them the workload dropped. */
  dropped = 0;

  /** @param capacity most frames of one burst, 1 to 4096 */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1 || capacity > 4096) {
      throw new RangeError(`a batch holds 1 to 4096 frames, not ${capacity}`);
    }
    this.capacity = capacity;
    this.offset = new Uint32Array(capacity);
    this.length = new Uint32Array(capacity);
  }
}
