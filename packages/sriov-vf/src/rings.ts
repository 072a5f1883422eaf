/**
 * Descriptor rings as typed arrays: the part of the driver that moves frames. A frame stays in its
 * buffer from the ingress function to the egress function:
 *
 *     free buffers → receive ring → device → receive → workload → transmit → transmit ring → device
 *        ↑____________________________________ reclaim ________________________________________↓
 *
 * Each side keeps a free-running index; the device's side is read from the "descriptor done" bits
 * that it writes back to memory, never from a register, since a register read waits for the device.
 * V8 calls each atomic load out of line: a burst has one, behind plain loads of its "done" bits.
 * Loads and stores are ordered as x86 orders them: descriptors are in memory before the tail
 * register moves.
 */
import {
  type Batch,
  type Egress,
  type Ingress,
  largestFrameBytes,
  type Room,
} from "@iopath/contract";
import {
  descriptorBytes,
  RECEIVE_DD,
  register,
  TRANSMIT_DATA,
  TRANSMIT_DD,
  TRANSMIT_DEXT,
  TRANSMIT_EOP,
  TRANSMIT_IFCS,
  TRANSMIT_PAYLEN_SHIFT,
  TRANSMIT_RS,
} from "./abi.ts";

/** A power of two; the largest window of a closed loop, and room to spare. */
export const ringSize = 512;
export const ringBytes = ringSize * descriptorBytes;
const mask = ringSize - 1;

export const bufferBytes = 2048;
/** The device writes a frame to the start of its buffer. */
export const bufferRoom: Room = { head: 0, tail: bufferBytes - largestFrameBytes };
/** Both rings full, and the largest burst in the hands of the workload. */
export const buffers = 2 * ringSize + 1024;

/**
 * Where the DMA memory begins as the devices see it. With 2^32 the low word of a device's address
 * is the byte offset in the memory, and the high word is always 1.
 */
export const iovaBase = 2 ** 32;
const iovaHigh = 1;

/** Buffers that neither ring nor workload holds, by byte offset. A stack: the last used is warm. */
export class FreeBuffers {
  readonly offsets = new Uint32Array(buffers);
  count = 0;

  /** @param firstAt where in the memory the buffers begin */
  constructor(firstAt: number) {
    for (let i = 0; i < buffers; i++) this.offsets[this.count++] = firstAt + i * bufferBytes;
  }
}

export class ReceiveRing implements Ingress {
  received = 0;
  readonly #words: Int32Array;
  readonly #firstWord: number;
  readonly #registers: Uint32Array;
  readonly #free: FreeBuffers;
  /** The buffer in each descriptor: the device overwrites the address that it was given. */
  readonly #bufferOf = new Uint32Array(ringSize);
  #next = 0;

  /** @param ringAt byte offset of the descriptors in the memory; all of them get a buffer here */
  constructor(memory: Int32Array, ringAt: number, registers: Uint32Array, free: FreeBuffers) {
    this.#words = memory;
    this.#firstWord = ringAt >>> 2;
    this.#registers = registers;
    this.#free = free;
    for (let i = 0; i < ringSize; i++) this.#offer(i, free.offsets[--free.count]!);
  }

  /** Offers all descriptors but one: with all, head and tail would be as in an empty ring. */
  start(): void {
    this.#registers[register.RDT >>> 2] = mask;
  }

  receive(batch: Batch): number {
    const words = this.#words;
    const free = this.#free;
    const bufferOf = this.#bufferOf;
    const { offset, length } = batch;
    const firstWord = this.#firstWord;
    const most = Math.min(batch.capacity, free.count);
    let next = this.#next;
    let count = 0;
    while (count < most) {
      const at = firstWord + (((next + count) & mask) << 2);
      if ((words[at + 2]! & RECEIVE_DD) === 0) break;
      count++;
    }
    batch.count = count;
    if (count === 0) return 0;
    Atomics.load(words, firstWord); // what was written before "done" is read behind it
    for (let i = 0; i < count; i++) {
      const slot = next & mask;
      offset[i] = bufferOf[slot]!;
      length[i] = words[firstWord + (slot << 2) + 3]! & 0xffff;
      this.#offer(slot, free.offsets[--free.count]!);
      next = (next + 1) | 0;
    }
    this.#next = next;
    this.#registers[register.RDT >>> 2] = (next - 1) & mask;
    this.received += count;
    return count;
  }

  #offer(slot: number, buffer: number): void {
    const words = this.#words;
    const at = this.#firstWord + (slot << 2);
    this.#bufferOf[slot] = buffer;
    words[at] = buffer;
    words[at + 1] = iovaHigh;
    words[at + 2] = 0;
    words[at + 3] = 0;
  }
}

const command = TRANSMIT_DATA | TRANSMIT_EOP | TRANSMIT_IFCS | TRANSMIT_DEXT;
/** The device reports one descriptor in so many: a report is a write over PCI Express. */
const reportEvery = 32;
const reportMask = reportEvery - 1;
const bufferMask = ~(bufferBytes - 1);

export class TransmitRing implements Egress {
  sent = 0;
  unsent = 0;
  readonly #words: Int32Array;
  readonly #firstWord: number;
  readonly #registers: Uint32Array;
  readonly #free: FreeBuffers;
  readonly #bufferOf = new Uint32Array(ringSize);
  #next = 0;
  /** The oldest descriptor whose buffer has not come back. */
  #oldest = 0;

  /** @param ringAt byte offset of the descriptors in the memory */
  constructor(memory: Int32Array, ringAt: number, registers: Uint32Array, free: FreeBuffers) {
    this.#words = memory;
    this.#firstWord = ringAt >>> 2;
    this.#registers = registers;
    this.#free = free;
  }

  transmit(batch: Batch): number {
    if (batch.count === 0) return 0;
    this.#reclaim();
    const words = this.#words;
    const bufferOf = this.#bufferOf;
    const { offset, length, count } = batch;
    const end = (this.#oldest + mask) | 0; // one descriptor stays empty, as in the receive ring
    let next = this.#next;
    let sent = 0;
    for (let i = 0; i < count; i++) {
      const bytes = length[i]!;
      const from = offset[i]!;
      if (bytes === 0 || next === end) {
        if (bytes !== 0) this.unsent++;
        this.#giveBack(from);
        continue;
      }
      const slot = next & mask;
      const at = this.#firstWord + (slot << 2);
      bufferOf[slot] = from;
      words[at] = from;
      words[at + 1] = iovaHigh;
      words[at + 2] = command | bytes | ((slot & reportMask) === reportMask ? TRANSMIT_RS : 0);
      words[at + 3] = bytes << TRANSMIT_PAYLEN_SHIFT;
      next = (next + 1) | 0;
      sent++;
    }
    if (sent === 0) return 0;
    this.#next = next;
    this.#registers[register.TDT >>> 2] = next & mask;
    this.sent += sent;
    return sent;
  }

  /** Buffers of frames that the device has read come back, so many at a time as it reports. */
  #reclaim(): void {
    const words = this.#words;
    while (((this.#next - this.#oldest) | 0) >= reportEvery) {
      const last = (this.#oldest + reportMask) & mask;
      const status = Atomics.load(words, this.#firstWord + (last << 2) + 3);
      if ((status & TRANSMIT_DD) === 0) return;
      for (let i = 0; i < reportEvery; i++) {
        this.#giveBack(this.#bufferOf[(this.#oldest + i) & mask]!);
      }
      this.#oldest = (this.#oldest + reportEvery) | 0;
    }
  }

  #giveBack(offset: number): void {
    const free = this.#free;
    free.offsets[free.count++] = offset & bufferMask;
  }
}
