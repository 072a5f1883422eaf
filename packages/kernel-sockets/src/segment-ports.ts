/**
 * Ingress and egress that let the kernel batch: one received message holds up to 64 datagrams of
 * one size that the kernel merged (UDP_GRO), and one sent message is cut into as many
 * (UDP_SEGMENT); udp(7).
 */
import type { Batch, Egress, Ingress } from "@iopath/contract";
import {
  cmsghdr,
  iovec,
  lastErrno,
  MSG_DONTWAIT,
  mmsghdr,
  Refusals,
  raw,
  type Socket,
} from "@iopath/native";
import { UDP_GRO, udpPayloadBytesMax, udpSegmentsMax } from "./abi.ts";
import { bufferBytes } from "./message-arena.ts";
import { mergedBytes, type SegmentArena } from "./segment-arena.ts";

const { recvmmsg, sendmmsg } = raw;

const lengthWord = mmsghdr.length >>> 2;
const controlBytesWord = mmsghdr.controlBytes >>> 2;
const iovWord = mmsghdr.iov >>> 2;
const iovCountWord = mmsghdr.iovCount >>> 2;
const typeWord = cmsghdr.type >>> 2;
const dataWord = cmsghdr.data >>> 2;
const vectorLengthWord = iovec.length >>> 2;

export class SegmentIngress implements Ingress {
  received = 0;
  syscalls = 0;
  readonly #fd: number;
  readonly #arena: SegmentArena;
  /** Messages of the last system call, the one that is being handed out, and how far. */
  #messages = 0;
  #message = 0;
  #at = 0;

  constructor(socket: Socket, arena: SegmentArena) {
    this.#fd = socket.fd;
    this.#arena = arena;
  }

  /** Hands out what the last system call brought before it makes another. */
  receive(batch: Batch): number {
    if (this.#message === this.#messages) this.#receiveMessages();
    batch.count = 0;
    while (this.#message < this.#messages && batch.count < batch.capacity) this.#cut(batch);
    this.received += batch.count;
    return batch.count;
  }

  #receiveMessages(): void {
    const { memory, receiveHeadersAt, headerWords, messages } = this.#arena;
    const words = memory.i32;
    let at = (receiveHeadersAt >>> 2) + controlBytesWord;
    for (let i = 0; i < this.#messages; i++, at += headerWords) words[at] = cmsghdr.spaceOfOneInt;
    const headers = memory.address + receiveHeadersAt;
    this.syscalls++;
    this.#messages = Math.max(0, recvmmsg(this.#fd, headers, messages, MSG_DONTWAIT, 0));
    this.#message = 0;
    this.#at = 0;
  }

  /**
   * Datagrams of the present message, as many as fit; only the last may be shorter than the others.
   */
  #cut(batch: Batch): void {
    const arena = this.#arena;
    const { u8, i32: words } = arena.memory;
    const { offset, length, capacity } = batch;
    const header = (arena.receiveHeadersAt >>> 2) + this.#message * arena.headerWords;
    const control = (arena.receiveControlsAt >>> 2) + this.#message * arena.controlWords;
    const buffer = arena.buffersAt + this.#message * mergedBytes;
    const total = words[header + lengthWord]!;
    const merged = words[header + controlBytesWord]! > 0 && words[control + typeWord] === UDP_GRO;
    const segment = merged ? words[control + dataWord]! : total;
    let at = this.#at;
    let count = batch.count;
    do {
      const bytes = Math.min(segment, total - at);
      let from = buffer + at;
      if ((from & 3) !== 0) {
        const slot = arena.slotsAt + count * bufferBytes;
        u8.copyWithin(slot, from, from + bytes);
        from = slot;
      }
      offset[count] = from;
      length[count] = bytes;
      at += bytes;
      count++;
    } while (at < total && count < capacity);
    batch.count = count;
    this.#at = at < total ? at : 0;
    if (at >= total) this.#message++;
  }
}

export class SegmentEgress implements Egress {
  sent = 0;
  unsent = 0;
  readonly refusals = new Refusals();
  syscalls = 0;
  readonly #fd: number;
  readonly #arena: SegmentArena;
  readonly #addressLow: number;
  readonly #addressHigh: number;
  /** Frames in each message of a burst. */
  readonly #frames: Uint32Array;

  constructor(socket: Socket, arena: SegmentArena) {
    const { address } = arena.memory;
    this.#fd = socket.fd;
    this.#arena = arena;
    this.#addressLow = address % 2 ** 32;
    this.#addressHigh = Math.floor(address / 2 ** 32);
    this.#frames = new Uint32Array(arena.messages);
  }

  /**
   * Frames that follow one another and have one size go as one message, the last of them may be
   * shorter; frames that also lie one behind the other share a vector.
   */
  transmit(batch: Batch): number {
    const { offset, length, count } = batch;
    let messages = 0;
    let vectors = 0;
    let firstVector = 0;
    let segment = 0;
    let frames = 0;
    let total = 0;
    let end = -1;
    let open = false;
    for (let i = 0; i < count; i++) {
      const bytes = length[i]!;
      if (bytes === 0) continue;
      const from = offset[i]!;
      const joins =
        open && bytes <= segment && frames < udpSegmentsMax && total + bytes <= udpPayloadBytesMax;
      if (!joins) {
        if (frames > 0) this.#close(messages++, firstVector, vectors, frames, segment);
        firstVector = vectors;
        segment = bytes;
        frames = 0;
        total = 0;
        end = -1;
      }
      if (from === end) this.#lengthen(vectors - 1, bytes);
      else this.#addVector(vectors++, from, bytes);
      end = from + bytes;
      frames++;
      total += bytes;
      open = bytes === segment;
    }
    if (frames === 0) return 0;
    this.#close(messages++, firstVector, vectors, frames, segment);
    return this.#send(messages);
  }

  #addVector(vector: number, from: number, bytes: number): void {
    const arena = this.#arena;
    const words = arena.memory.i32;
    const at = (arena.transmitVectorsAt >>> 2) + vector * arena.vectorWords;
    this.#writeAddress(words, at, from);
    words[at + vectorLengthWord] = bytes;
  }

  #lengthen(vector: number, bytes: number): void {
    const arena = this.#arena;
    const words = arena.memory.i32;
    const at = (arena.transmitVectorsAt >>> 2) + vector * arena.vectorWords + vectorLengthWord;
    words[at] = words[at]! + bytes;
  }

  #close(
    message: number,
    firstVector: number,
    endVector: number,
    frames: number,
    segment: number,
  ): void {
    const arena = this.#arena;
    const words = arena.memory.i32;
    const header = (arena.transmitHeadersAt >>> 2) + message * arena.headerWords;
    const vectorsAt = arena.transmitVectorsAt + firstVector * iovec.bytes;
    this.#writeAddress(words, header + iovWord, vectorsAt);
    words[header + iovCountWord] = endVector - firstVector;
    words[header + controlBytesWord] = frames > 1 ? cmsghdr.spaceOfOneInt : 0;
    const control = (arena.transmitControlsAt >>> 2) + message * arena.controlWords;
    words[control + dataWord] = segment;
    this.#frames[message] = frames;
  }

  #writeAddress(words: Int32Array, at: number, offset: number): void {
    const sum = this.#addressLow + offset;
    words[at] = sum | 0;
    words[at + 1] = sum >= 2 ** 32 ? this.#addressHigh + 1 : this.#addressHigh;
  }

  /**
   * A message that the system refuses is counted as unsent with all its frames; the rest goes on.
   */
  #send(messages: number): number {
    const { memory, transmitHeadersAt } = this.#arena;
    const frames = this.#frames;
    const before = this.sent;
    let next = 0;
    while (next < messages) {
      const header = memory.address + transmitHeadersAt + next * mmsghdr.bytes;
      this.syscalls++;
      const taken = sendmmsg(this.#fd, header, messages - next, MSG_DONTWAIT);
      if (taken <= 0) {
        this.refusals.count(lastErrno());
        this.unsent += frames[next++]!;
      }
      for (let i = 0; i < taken; i++) this.sent += frames[next++]!;
    }
    return this.sent - before;
  }
}
