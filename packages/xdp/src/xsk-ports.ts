/**
 * Ingress and egress on AF_XDP rings. A frame stays in its chunk of the UMEM all the way:
 *
 *     fill ring → kernel → RX ring → receive → workload → transmit → TX ring → kernel
 *      ↑______________________ receive ← completion ring _________________________↓
 */
import {
  type Batch,
  type Egress,
  type Ingress,
  largestFrameBytes,
  type Room,
} from "@iopath/contract";
import {
  errnoOf,
  lastErrno,
  MSG_DONTWAIT,
  Refusals,
  type Ring,
  raw,
  type Socket,
} from "@iopath/native";
import { XDP_RING_NEED_WAKEUP } from "./abi.ts";
import type { ChunkBytes } from "./xsk.ts";

const { recvfrom, sendto } = raw;
/** XDP_PACKET_HEADROOM, linux/bpf.h: what a driver or the copy leaves free in front of a frame. */
const headroomBytes = 256;
/** A descriptor says where in its chunk a frame begins. */
export function roomOf(chunkBytes: ChunkBytes): Room {
  return { head: headroomBytes, tail: chunkBytes - headroomBytes - largestFrameBytes };
}
/** One kick sends so many frames at least, if the device takes them. */
const framesOfKick = 32;
/** A full burst of 4096 needs no more than this. */
const kicksMax = 160;
const EAGAIN = errnoOf("EAGAIN");
const EBUSY = errnoOf("EBUSY");
const ENOBUFS = errnoOf("ENOBUFS");

/** Hands chunks to the kernel: `count` of them from the chunk of number `first` on. */
export function fillWith(fill: Ring, first: number, count: number, chunkBytes: ChunkBytes): void {
  for (let i = 0; i < count; i++) {
    fill.words[fill.entriesAt + i * 2] = (first + i) * chunkBytes;
    fill.words[fill.entriesAt + i * 2 + 1] = 0;
  }
  fill.own = count;
  fill.produce();
}

/** What both ends of the way agree in. */
interface PortOptions {
  readonly chunkBytes: ChunkBytes;
}

interface IngressOptions extends PortOptions {
  /** Ask the kernel to poll the device whenever the ring is empty. */
  readonly busyPoll: boolean;
}

interface EgressOptions extends PortOptions {
  /** The ring's flag says when to kick. */
  readonly needWakeup: boolean;
  /** The driver does the rest. */
  readonly zeroCopy: boolean;
}

export class XskIngress implements Ingress {
  received = 0;
  /** System calls made. */
  kicks = 0;
  readonly #fd: number;
  readonly #rx: Ring;
  readonly #fill: Ring;
  readonly #completion: Ring;
  readonly #busyPoll: boolean;
  readonly #chunkMask: number;

  constructor(
    socket: Socket,
    rx: Ring,
    fill: Ring,
    completion: Ring,
    { busyPoll, chunkBytes }: IngressOptions,
  ) {
    this.#fd = socket.fd;
    this.#rx = rx;
    this.#fill = fill;
    this.#completion = completion;
    this.#busyPoll = busyPoll;
    this.#chunkMask = ~(chunkBytes - 1);
  }

  receive(batch: Batch): number {
    this.#reclaim();
    const rx = this.#rx;
    let count = rx.available();
    if (count === 0 && (this.#busyPoll || (this.#fill.flags() & XDP_RING_NEED_WAKEUP) !== 0)) {
      this.kicks++;
      recvfrom(this.#fd, 0, 0, MSG_DONTWAIT, 0, 0);
      count = rx.available();
    }
    if (count === 0) {
      batch.count = 0;
      return 0;
    }
    if (count > batch.capacity) count = batch.capacity;
    const { words, entriesAt, mask } = rx;
    const { offset, length } = batch;
    let own = rx.own;
    for (let i = 0; i < count; i++) {
      const at = entriesAt + ((own & mask) << 2);
      offset[i] = words[at]!;
      length[i] = words[at + 2]!;
      own = (own + 1) | 0;
    }
    rx.own = own;
    rx.consume();
    batch.count = count;
    this.received += count;
    return count;
  }

  /** Chunks of frames that were sent go back to the fill ring. */
  #reclaim(): void {
    const completion = this.#completion;
    const count = completion.available();
    if (count === 0) return;
    const { words, entriesAt, mask } = completion;
    const fill = this.#fill;
    const { words: fillWords, entriesAt: fillAt, mask: fillMask } = fill;
    const chunkMask = this.#chunkMask;
    let from = completion.own;
    let to = fill.own;
    for (let i = 0; i < count; i++) {
      fillWords[fillAt + ((to & fillMask) << 1)] =
        words[entriesAt + ((from & mask) << 1)]! & chunkMask;
      from = (from + 1) | 0;
      to = (to + 1) | 0;
    }
    completion.own = from;
    fill.own = to;
    fill.produce();
    completion.consume();
  }
}

export class XskEgress implements Egress {
  /** Frames put on the ring; `waiting()` tells how many of them the kernel has not taken. */
  queued = 0;
  unsent = 0;
  readonly refusals = new Refusals();
  /** System calls made. */
  kicks = 0;
  readonly #fd: number;
  readonly #tx: Ring;
  readonly #fill: Ring;
  readonly #needWakeup: boolean;
  readonly #kicksMax: number;
  readonly #chunkMask: number;

  /** @param fill the ring of the ingress, where dropped frames go back to */
  constructor(
    socket: Socket,
    tx: Ring,
    fill: Ring,
    { needWakeup, zeroCopy, chunkBytes }: EgressOptions,
  ) {
    this.#fd = socket.fd;
    this.#tx = tx;
    this.#fill = fill;
    this.#needWakeup = needWakeup;
    this.#kicksMax = zeroCopy ? 1 : kicksMax;
    this.#chunkMask = ~(chunkBytes - 1);
  }

  transmit(batch: Batch): number {
    const { offset, length, count } = batch;
    if (count === 0) return 0;
    const tx = this.#tx;
    const { words, entriesAt, mask } = tx;
    const free = tx.free();
    let own = tx.own;
    let sent = 0;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const bytes = length[i]!;
      if (bytes === 0 || sent === free) {
        if (bytes !== 0) this.unsent++;
        offset[kept++] = offset[i]!;
        continue;
      }
      const at = entriesAt + ((own & mask) << 2);
      words[at] = offset[i]!;
      words[at + 1] = 0;
      words[at + 2] = bytes;
      words[at + 3] = 0;
      own = (own + 1) | 0;
      sent++;
    }
    if (kept > 0) this.#giveBack(batch, kept);
    if (sent === 0) return 0;
    tx.own = own;
    tx.produce();
    this.queued += sent;
    this.#kick();
    return sent;
  }

  /** The first `count` offsets of the batch go back to the fill ring, unsent. */
  #giveBack({ offset }: Batch, count: number): void {
    const fill = this.#fill;
    const chunkMask = this.#chunkMask;
    let own = fill.own;
    for (let i = 0; i < count; i++) {
      fill.words[fill.entriesAt + ((own & fill.mask) << 1)] = offset[i]! & chunkMask;
      own = (own + 1) | 0;
    }
    fill.own = own;
    fill.produce();
  }

  /**
   * In copy mode the kernel sends within this call, so many frames per call (EAGAIN: more are left,
   * or the device still holds all that the socket's buffer may have on the way). EBUSY says that
   * the device dropped the frame that it was at; on a device that is down the frames stay in the
   * ring. With zero-copy one call starts the driver, which sends by itself.
   */
  #kick(): void {
    const tx = this.#tx;
    let stalled = 0;
    for (let tries = 0; tries < this.#kicksMax; tries++) {
      const free = tx.free();
      if (free === tx.size) return;
      if (this.#needWakeup && (tx.flags() & XDP_RING_NEED_WAKEUP) === 0) return;
      this.kicks++;
      if (sendto(this.#fd, 0, 0, MSG_DONTWAIT, 0, 0) >= 0) continue;
      const errno = lastErrno();
      if (errno === EAGAIN) {
        // Linux 6.1 shows what it took only when it took all that it had seen, some kicks later.
        stalled = tx.free() > free ? 0 : stalled + 1;
        if (stalled * framesOfKick <= tx.size - free) continue;
      }
      this.refusals.count(errno);
      if (errno === EBUSY) {
        this.queued--;
        this.unsent++;
      } else if (errno !== ENOBUFS) return;
    }
  }

  /**
   * Frames on the ring: many only while the device is down (ENETDOWN), gone (ENXIO) or full
   * (EAGAIN).
   */
  waiting(): number {
    return this.#tx.size - this.#tx.free();
  }
}
