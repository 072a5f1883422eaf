/**
 * Memory for frames: one mapping, registered once with each device, cut into buffers of one size. A
 * frame stays in its buffer from the receive queue that it came by to the send queue that it leaves
 * by.
 */
import type { Batch } from "@iopath/contract";
import { type Memory, mapFrames } from "@iopath/native";
import type { Registration, VerbsDevice } from "./device.ts";

/** A power of two: the largest frame, and a datagram's route header before it. */
export const bufferBytes = 2048;
/** From any byte of a buffer to its first. */
export const bufferMask = ~(bufferBytes - 1);
const fourGibibytes = 2 ** 32;

/** Buffers of a receiver's, a power of two of them, as its peer addresses them. */
export interface RemoteBuffers {
  readonly addressLow: number;
  readonly addressHigh: number;
  readonly rkey: number;
  readonly count: number;
}

export class Arena implements Disposable {
  readonly memory: Memory;
  /** Buffers that nobody holds, by byte offset. A stack: the last used is warm. */
  readonly free: Uint32Array;
  freeCount = 0;
  /**
   * The address of offset 0 in its two halves, the low one as a signed word; no buffer has another
   * high half.
   */
  readonly addressLow: number;
  readonly addressHigh: number;
  readonly #registrations = new Map<VerbsDevice, Registration>();
  /** The mapping, and what is registered with devices, which all outlive it. */
  readonly #resources = new DisposableStack();

  constructor(buffers: number) {
    this.memory = this.#resources.use(mapFrames(buffers * bufferBytes));
    this.addressLow = this.memory.address | 0;
    this.addressHigh = Math.floor(this.memory.address / fourGibibytes);
    this.free = new Uint32Array(buffers);
    for (let i = 0; i < buffers; i++) this.free[this.freeCount++] = i * bufferBytes;
  }

  /** Writes frames into buffers of its own; the batch has them then. */
  fill(batch: Batch, frames: readonly Uint8Array[]): void {
    for (const [i, frame] of frames.entries()) {
      batch.offset[i] = this.free[--this.freeCount]!;
      batch.length[i] = frame.length;
      this.memory.u8.set(frame, batch.offset[i]!);
    }
    batch.count = frames.length;
  }

  /** All of its buffers, for who writes to them from the other end of a wire of this device. */
  remoteFor(device: VerbsDevice): RemoteBuffers {
    const { addressLow, addressHigh } = this;
    const { rkey } = this.registrationWith(device);
    return { addressLow, addressHigh, rkey, count: this.free.length };
  }

  /** Once a device, however many queues of it send and receive here. */
  registrationWith(device: VerbsDevice): Registration {
    const known = this.#registrations.get(device);
    if (known) return known;
    const registration = device.register(this.memory, this.#resources);
    this.#registrations.set(device, registration);
    return registration;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
