/**
 * A single-producer, single-consumer ring in memory shared with the kernel: free-running 32-bit
 * producer and consumer indices, a power of two of entries (AF_XDP's four rings; Linux
 * Documentation/networking/af_xdp.rst). The side that is ours keeps its index in a plain field and
 * publishes it once per burst; the kernel's side is read with `Atomics.load`.
 */
import type { Memory } from "./memory.ts";

export interface RingLayout {
  /** Byte offsets in the mapping. */
  readonly producer: number;
  readonly consumer: number;
  readonly flags: number;
  readonly entries: number;
  readonly size: number;
}

/** The part of a ring that hot loops use, as word indices. */
export class Ring {
  readonly words: Int32Array;
  readonly producerAt: number;
  readonly consumerAt: number;
  readonly flagsAt: number;
  readonly entriesAt: number;
  readonly mask: number;
  readonly size: number;
  /** Our own index: the producer of a ring that we fill, the consumer of one that we drain. */
  own = 0;

  constructor(memory: Memory, layout: RingLayout) {
    const { size } = layout;
    if (size < 1 || (size & (size - 1)) !== 0) {
      throw new RangeError(`a ring has a power of two of entries, not ${size}`);
    }
    this.words = memory.i32;
    this.producerAt = layout.producer >>> 2;
    this.consumerAt = layout.consumer >>> 2;
    this.flagsAt = layout.flags >>> 2;
    this.entriesAt = layout.entries >>> 2;
    this.mask = size - 1;
    this.size = size;
  }

  /** Entries that the producer published and we, the consumer, have not taken. */
  available(): number {
    return (Atomics.load(this.words, this.producerAt) - this.own) | 0;
  }

  /** Entries that we, the producer, can still write. */
  free(): number {
    return this.size - ((this.own - Atomics.load(this.words, this.consumerAt)) | 0);
  }

  /** Publishes entries written up to `own`. */
  produce(): void {
    Atomics.store(this.words, this.producerAt, this.own);
  }

  /** Gives back entries read up to `own`. */
  consume(): void {
    Atomics.store(this.words, this.consumerAt, this.own);
  }

  flags(): number {
    return Atomics.load(this.words, this.flagsAt);
  }
}
