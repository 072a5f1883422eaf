/**
 * The memory of a forwarder on recvmmsg(2) and sendmmsg(2): one buffer a frame, and for each buffer
 * a fixed pair of message headers that point to it. Received into and sent from in place, no copy.
 */
import { largestFrameBytes, type Room } from "@iopath/contract";
import { iovec, type Memory, mapFrames, mmsghdr } from "@iopath/native";

/**
 * Room for a 1518-byte frame, in an odd number of cache lines: with a power of two all buffers
 * would share few sets of the cache and drive each other out of it.
 */
export const bufferBytes = 25 * 64;

/** A frame lies at the start of a buffer, and is sent from there whatever its offset says. */
export const bufferRoom: Room = { head: 0, tail: bufferBytes - largestFrameBytes };

export class MessageArena implements Disposable {
  readonly memory: Memory;
  readonly frames: number;
  /** Addresses of the first mmsghdr of each direction. */
  readonly receiveHeaders: number;
  readonly transmitHeaders: number;
  /** Word indices: length received by header 0, length to send of iovec 0, and the strides. */
  readonly receivedLengthAt: number;
  readonly transmitLengthAt: number;
  readonly headerWords = mmsghdr.bytes >>> 2;
  readonly vectorWords = iovec.bytes >>> 2;
  /** Byte offset of buffer 0. */
  readonly buffersAt: number;

  /** @param frameStart where frames begin behind a cache line, in bytes */
  constructor(frames: number, frameStart: number) {
    const receiveVectorsAt = 2 * frames * mmsghdr.bytes;
    const transmitVectorsAt = receiveVectorsAt + frames * iovec.bytes;
    const headerBytes = transmitVectorsAt + frames * iovec.bytes;
    this.frames = frames;
    this.buffersAt = Math.ceil(headerBytes / 4096) * 4096 + frameStart;
    this.memory = mapFrames(this.buffersAt + frames * bufferBytes);
    this.receiveHeaders = this.memory.address;
    this.transmitHeaders = this.memory.address + frames * mmsghdr.bytes;
    this.receivedLengthAt = mmsghdr.length >>> 2;
    this.transmitLengthAt = (transmitVectorsAt + iovec.length) >>> 2;
    for (let i = 0; i < frames; i++) {
      this.#link(i * mmsghdr.bytes, receiveVectorsAt + i * iovec.bytes, i);
      this.#link((frames + i) * mmsghdr.bytes, transmitVectorsAt + i * iovec.bytes, i);
    }
  }

  /** Header → vector → buffer i. */
  #link(headerAt: number, vectorAt: number, i: number): void {
    const { memory } = this;
    memory.setUint64(headerAt + mmsghdr.iov, memory.address + vectorAt);
    memory.setUint64(headerAt + mmsghdr.iovCount, 1);
    memory.setUint64(vectorAt + iovec.base, memory.address + this.buffersAt + i * bufferBytes);
    memory.setUint64(vectorAt + iovec.length, bufferBytes);
  }

  [Symbol.dispose](): void {
    this.memory[Symbol.dispose]();
  }
}
