/**
 * The memory of `udp-gso`. In: one message header, one control message and 64 KiB a message, since
 * the kernel may have merged that many datagrams into it. Out: a header, a control message and a
 * row of vectors for what one system call sends. Slots take the frames that lie at no multiple of
 * 4.
 */
import { cmsghdr, iovec, type Memory, mapFrames, mmsghdr } from "@iopath/native";
import { SOL_UDP, UDP_SEGMENT } from "./abi.ts";
import { bufferBytes } from "./message-arena.ts";

/** Largest payload that the kernel merges. */
export const mergedBytes = 1 << 16;
/** A page has no room to spare, so control messages lie a power of two apart. */
const controlBytes = 32;
/** CMSG_LEN of a 16-bit segment size. */
const segmentControlBytes = 18;

export class SegmentArena implements Disposable {
  readonly memory: Memory;
  readonly messages: number;
  /** Byte offsets. */
  readonly receiveHeadersAt: number;
  readonly receiveControlsAt: number;
  readonly transmitHeadersAt: number;
  readonly transmitControlsAt: number;
  readonly transmitVectorsAt: number;
  readonly slotsAt: number;
  readonly buffersAt: number;

  constructor(messages: number) {
    let at = 0;
    const reserve = (bytes: number) => {
      const start = at;
      at += messages * bytes;
      return start;
    };
    this.messages = messages;
    this.receiveHeadersAt = reserve(mmsghdr.bytes);
    this.transmitHeadersAt = reserve(mmsghdr.bytes);
    this.receiveControlsAt = reserve(controlBytes);
    this.transmitControlsAt = reserve(controlBytes);
    const receiveVectorsAt = reserve(iovec.bytes);
    this.transmitVectorsAt = reserve(iovec.bytes);
    this.slotsAt = reserve(bufferBytes);
    this.buffersAt = reserve(mergedBytes);
    this.memory = mapFrames(at);
    for (let i = 0; i < messages; i++) {
      this.#linkReceive(i, receiveVectorsAt + i * iovec.bytes);
      this.#linkTransmit(i);
    }
  }

  #linkReceive(i: number, vectorAt: number): void {
    const { memory } = this;
    const headerAt = this.receiveHeadersAt + i * mmsghdr.bytes;
    memory.setUint64(headerAt + mmsghdr.iov, memory.address + vectorAt);
    memory.setUint64(headerAt + mmsghdr.iovCount, 1);
    memory.setUint64(vectorAt + iovec.base, memory.address + this.buffersAt + i * mergedBytes);
    memory.setUint64(vectorAt + iovec.length, mergedBytes);
    const controlAt = this.receiveControlsAt + i * controlBytes;
    memory.setUint64(headerAt + mmsghdr.control, memory.address + controlAt);
    memory.setUint64(headerAt + mmsghdr.controlBytes, cmsghdr.spaceOfOneInt);
  }

  #linkTransmit(i: number): void {
    const { memory } = this;
    const headerAt = this.transmitHeadersAt + i * mmsghdr.bytes;
    const controlAt = this.transmitControlsAt + i * controlBytes;
    memory.setUint64(headerAt + mmsghdr.control, memory.address + controlAt);
    memory.setUint64(controlAt + cmsghdr.length, segmentControlBytes);
    memory.view.setInt32(controlAt + cmsghdr.level, SOL_UDP, true);
    memory.view.setInt32(controlAt + cmsghdr.type, UDP_SEGMENT, true);
  }

  /** Words between two neighbours of each kind. */
  readonly headerWords = mmsghdr.bytes >>> 2;
  readonly controlWords = controlBytes >>> 2;
  readonly vectorWords = iovec.bytes >>> 2;

  [Symbol.dispose](): void {
    this.memory[Symbol.dispose]();
  }
}
