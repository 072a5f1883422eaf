/** Frames in the order in which they came, in memory that is allocated once. */

export class FrameQueue {
  count = 0;
  readonly #bytes: Uint8Array;
  readonly #lengths: Uint32Array;
  readonly #slotBytes: number;
  #first = 0;

  /** @param capacity most frames, each of at most `slotBytes` */
  constructor(capacity: number, slotBytes: number) {
    this.#bytes = new Uint8Array(capacity * slotBytes);
    this.#lengths = new Uint32Array(capacity);
    this.#slotBytes = slotBytes;
  }

  /** Copies a frame in; a full queue throws. */
  push(from: Uint8Array, at: number, length: number): void {
    if (this.count === this.#lengths.length) throw new RangeError("the queue is full");
    const slot = this.#slotAt(this.count);
    const to = slot * this.#slotBytes;
    for (let i = 0; i < length; i++) this.#bytes[to + i] = from[at + i]!;
    this.#lengths[slot] = length;
    this.count++;
  }

  /** Copies the oldest frame out of the queue; returns its length. */
  shiftInto(to: Uint8Array, at: number): number {
    const from = this.#first * this.#slotBytes;
    const length = this.#lengths[this.#first]!;
    for (let i = 0; i < length; i++) to[at + i] = this.#bytes[from + i]!;
    this.#first = this.#slotAt(1);
    this.count--;
    return length;
  }

  /** The oldest frame, which leaves the queue, in memory of its own. */
  shift(): Uint8Array {
    const frame = new Uint8Array(this.#lengths[this.#first]!);
    this.shiftInto(frame, 0);
    return frame;
  }

  /** Puts the newest frame before the one that came before it, if there is one. */
  swapLast(): void {
    if (this.count < 2) return;
    const [before, last] = [this.#slotAt(this.count - 2), this.#slotAt(this.count - 1)];
    const slot = (i: number) =>
      this.#bytes.subarray(i * this.#slotBytes, (i + 1) * this.#slotBytes);
    const copy = slot(before).slice();
    slot(before).set(slot(last));
    slot(last).set(copy);
    const lengths = this.#lengths;
    [lengths[before], lengths[last]] = [lengths[last]!, lengths[before]!];
  }

  #slotAt(i: number): number {
    return (this.#first + i) % this.#lengths.length;
  }
}
