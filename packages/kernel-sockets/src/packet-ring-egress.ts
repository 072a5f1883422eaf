/**
 * The egress of both ring variants: a transmit ring (packet(7), PACKET_TX_RING; Linux
 * Documentation/networking/packet_mmap.rst). A burst costs one system call, which makes the kernel
 * look at the ring.
 */
import type { Batch, Egress } from "@iopath/contract";
import { lastErrno, MSG_DONTWAIT, Refusals, raw, type Socket } from "@iopath/native";
import {
  TP_STATUS_AVAILABLE,
  TP_STATUS_KERNEL,
  TP_STATUS_SEND_REQUEST,
  TP_STATUS_WRONG_FORMAT,
  tpacket2Header,
} from "./abi.ts";
import { barrier, type PacketRingMemory, slotWords } from "./packet-ring-memory.ts";

const { sendto } = raw;

const statusWord = tpacket2Header.status >>> 2;
const lengthWord = tpacket2Header.length >>> 2;
/** Up to here a loop over words is cheaper than the call of a built-in. */
const loopBytesMax = 256;

export class PacketRingEgress implements Egress {
  sent = 0;
  unsent = 0;
  readonly refusals = new Refusals();
  /** Each of them carries no frame: it tells the kernel to look at its ring. */
  kicks = 0;
  readonly #fd: number;
  readonly #rings: PacketRingMemory;
  readonly #mask: number;
  readonly #firstSlotWord: number;
  readonly #givesBack: boolean;
  #next = 0;
  /**
   * The receive slot of the next frame that comes to be sent: they come in the order of the ring.
   */
  #nextToGiveBack = 0;

  /** @param givesBack whether each frame lies in a receive slot that goes back when it is copied */
  constructor(socket: Socket, rings: PacketRingMemory, givesBack: boolean) {
    this.#givesBack = givesBack;
    this.#fd = socket.fd;
    this.#rings = rings;
    this.#mask = rings.slots - 1;
    this.#firstSlotWord = rings.transmitAt >>> 2;
  }

  /**
   * Copies each frame into the transmit ring, tells the kernel, and gives the receive slots back.
   * The kernel looks at the transmit ring within our own call, so that its slots need no atomic
   * stores, which would cost more than the copying.
   */
  transmit(batch: Batch): number {
    const { u8, i32: words } = this.#rings.memory;
    const { offset, length, count } = batch;
    const first = this.#next;
    let next = first;
    let queuedBytes = 0;
    let queued = 0;
    for (let i = 0; i < count; i++) {
      const at = offset[i]!;
      const bytes = length[i]!;
      if (bytes === 0) continue;
      const slot = this.#firstSlotWord + next * slotWords;
      if (words[slot + statusWord] !== TP_STATUS_AVAILABLE) {
        this.unsent++;
        continue;
      }
      const to = slot * 4 + tpacket2Header.transmitData;
      if (bytes <= loopBytesMax) copyQuads(words, to >>> 2, at >>> 2, (bytes + 15) >>> 4);
      else u8.copyWithin(to, at, at + bytes);
      words[slot + lengthWord] = bytes;
      words[slot + statusWord] = TP_STATUS_SEND_REQUEST;
      next = (next + 1) & this.#mask;
      queuedBytes += bytes;
      queued++;
    }
    this.#next = next;
    const sent = queued === 0 ? 0 : this.#send(first, queued, queuedBytes);
    if (this.#givesBack) this.#giveBack(count);
    return sent;
  }

  #send(first: number, queued: number, queuedBytes: number): number {
    this.kicks++;
    const taken = sendto(this.#fd, 0, 0, MSG_DONTWAIT, 0, 0);
    if (taken < 0) this.refusals.count(lastErrno());
    const sent = taken === queuedBytes ? queued : this.#settle(first, queued);
    this.sent += sent;
    return sent;
  }

  /**
   * All slots of a burst behind one barrier: what we read of them lies before what the kernel may
   * write.
   */
  #giveBack(count: number): void {
    const words = this.#rings.memory.i32;
    let slot = this.#nextToGiveBack;
    Atomics.add(barrier, 0, 0);
    for (let i = 0; i < count; i++) {
      words[slot * slotWords + statusWord] = TP_STATUS_KERNEL;
      slot = (slot + 1) & this.#mask;
    }
    this.#nextToGiveBack = slot;
  }

  /**
   * After an error: the kernel stopped at the first slot that it could not send and will go on from
   * there, so that slot and those behind it are taken back and counted as unsent.
   */
  #settle(first: number, queued: number): number {
    const words = this.#rings.memory.i32;
    let sent = 0;
    while (sent < queued && !isRefused(Atomics.load(words, this.#statusAt(first + sent)))) sent++;
    for (let i = sent; i < queued; i++) {
      Atomics.store(words, this.#statusAt(first + i), TP_STATUS_AVAILABLE);
    }
    this.unsent += queued - sent;
    this.#next = (first + sent) & this.#mask;
    return sent;
  }

  #statusAt(index: number): number {
    return this.#firstSlotWord + (index & this.#mask) * slotWords + statusWord;
  }
}

function isRefused(status: number): boolean {
  return (status & (TP_STATUS_SEND_REQUEST | TP_STATUS_WRONG_FORMAT)) !== 0;
}

/** Copies four words at a time; a slot has room behind its frame. */
function copyQuads(words: Int32Array, to: number, from: number, quads: number): void {
  for (let left = quads; left > 0; left--) {
    words[to] = words[from]!;
    words[to + 1] = words[from + 1]!;
    words[to + 2] = words[from + 2]!;
    words[to + 3] = words[from + 3]!;
    to += 4;
    from += 4;
  }
}
