/**
 * Buffers that io_uring receives into, and the ring in which they are offered to the kernel. It
 * takes them in order, and each burst returns them in the order in which it got them: entry i of
 * the ring is buffer i for ever, and giving back is moving the tail.
 */
import { type Memory, mapFrames, packetFrameStart } from "@iopath/native";
import { providedBuffer } from "./abi.ts";
import { bufferBytes } from "./message-arena.ts";

export class ProvidedBuffers implements Disposable {
  readonly memory: Memory;
  readonly count: number;
  /** Byte offset of buffer 0. */
  readonly buffersAt: number;
  readonly #halves: Uint16Array;
  #tail: number;

  /** @param count a power of two, at most 32768 */
  constructor(count: number) {
    this.count = count;
    const ringBytes = Math.ceil((count * providedBuffer.bytes) / 4096) * 4096;
    this.buffersAt = ringBytes + packetFrameStart;
    this.memory = mapFrames(this.buffersAt + count * bufferBytes);
    const { buffer, byteOffset } = this.memory.u8;
    this.#halves = new Uint16Array(buffer, byteOffset, count * (providedBuffer.bytes >>> 1));
    for (let i = 0; i < count; i++) {
      const at = i * providedBuffer.bytes;
      this.memory.setUint64(at + providedBuffer.address, this.addressOf(i));
      this.memory.view.setUint32(at + providedBuffer.length, bufferBytes, true);
      this.memory.view.setUint16(at + providedBuffer.number, i, true);
    }
    this.#tail = 0;
    this.giveBack(count);
  }

  addressOf(buffer: number): number {
    return this.memory.address + this.buffersAt + buffer * bufferBytes;
  }

  /** The buffer that was taken longest ago. */
  get oldest(): number {
    return this.#tail & (this.count - 1);
  }

  /** Offers the `count` buffers that were taken longest ago to the kernel again. */
  giveBack(count: number): void {
    this.#tail = (this.#tail + count) & 0xffff;
    Atomics.store(this.#halves, providedBuffer.ringTail >>> 1, this.#tail);
  }

  [Symbol.dispose](): void {
    this.memory[Symbol.dispose]();
  }
}
