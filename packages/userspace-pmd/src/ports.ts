/**
 * Ingress and egress on a DPDK driver's burst functions. A frame stays in its mbuf all the way:
 *
 *     pool → driver's rx_burst → receive → workload → transmit → driver's tx_burst → pool
 *
 * Two calls into C a burst, and per frame: the pointer, two words of the mbuf, and the pointer again.
 */
import type { Batch, Egress, Ingress } from "@iopath/contract";
import { frameAt, headroomBytes, mbuf } from "./abi.ts";
import type { Device } from "./device.ts";
import type { Libraries } from "./libraries.ts";
import type { MbufList, Pool } from "./pool.ts";

const dataOffsetWord = mbuf.dataOffset >> 2;
const dataLengthWord = mbuf.dataLength >> 2;

export class PmdIngress implements Ingress {
  received = 0;
  /** From the start of an mbuf to the frame; a driver puts all of its frames at one place. */
  frameAt = frameAt;
  /** The batch whose mbufs, in its order, the list holds. */
  listed: Batch | undefined;
  #dataOffset = headroomBytes;
  readonly #burst: Device["receiveBurst"];
  readonly #queue: number;
  readonly #list: number;
  readonly #pointers: Int32Array;
  readonly #words: Int32Array;
  readonly #halves: Uint16Array;
  readonly #bytes: Uint8Array;
  readonly #baseLow: number;

  constructor(device: Device, queue: number, pool: Pool, list: MbufList) {
    this.#burst = device.receiveBurst;
    this.#queue = device.receiveQueue(queue);
    this.#list = list.address;
    this.#pointers = list.words;
    this.#words = pool.words;
    this.#halves = pool.halves;
    this.#bytes = pool.bytes;
    this.#baseLow = pool.baseLow;
  }

  receive(batch: Batch): number {
    const count = this.#burst(this.#queue, this.#list, batch.capacity);
    batch.count = count;
    if (count === 0) return 0;
    const { offset, length } = batch;
    const pointers = this.#pointers;
    const halves = this.#halves;
    const baseLow = this.#baseLow;
    const at = this.frameAt;
    const usual = this.#dataOffset;
    let elsewhere = 0;
    for (let i = 0; i < count; i++) {
      const start = (pointers[i << 1]! - baseLow) | 0;
      elsewhere |= halves[(start + mbuf.dataOffset) >>> 1]! ^ usual;
      offset[i] = start + at;
      // Of a frame in several mbufs this is the first one's part, which the workload then drops.
      length[i] = halves[(start + mbuf.dataLength) >>> 1]!;
    }
    if (elsewhere !== 0) this.#align(batch);
    this.listed = batch;
    this.received += count;
    return count;
  }

  /** Not all frames of this burst begin where we said. The first one ever tells where; others move. */
  #align({ offset, count }: Batch): void {
    const words = this.#words;
    const pointers = this.#pointers;
    for (let i = 0; i < count; i++) {
      const start = (pointers[i << 1]! - this.#baseLow) | 0;
      const word = (start >>> 2) + dataOffsetWord;
      const dataOffset = words[word]! & 0xffff;
      if (this.received === 0 && i === 0 && (dataOffset & 3) === 0) {
        this.#dataOffset = dataOffset;
        this.frameAt = mbuf.bytes + dataOffset;
      }
      offset[i] = start + this.frameAt;
      if (dataOffset === this.#dataOffset) continue;
      const from = start + mbuf.bytes + dataOffset;
      const length = words[(start >>> 2) + dataLengthWord]! & 0xffff;
      this.#bytes.copyWithin(start + this.frameAt, from, from + length);
      words[word] = (words[word]! & ~0xffff) | this.#dataOffset;
    }
  }
}

export class PmdEgress implements Egress {
  sent = 0;
  unsent = 0;
  readonly #burst: Device["transmitBurst"];
  readonly #queue: number;
  readonly #list: MbufList;
  readonly #dropped: MbufList;
  readonly #freeBulk: Libraries["freeBulk"];
  readonly #baseLow: number;
  readonly #ingress: PmdIngress;

  /** @param dropped a second list, for the mbufs of frames that the workload dropped */
  constructor(
    device: Device,
    queue: number,
    pool: Pool,
    lists: readonly [MbufList, MbufList],
    dpdk: Libraries,
    ingress: PmdIngress,
  ) {
    this.#burst = device.transmitBurst;
    this.#queue = device.transmitQueue(queue);
    [this.#list, this.#dropped] = lists;
    this.#freeBulk = dpdk.freeBulk;
    this.#baseLow = pool.baseLow;
    this.#ingress = ingress;
  }

  transmit(batch: Batch): number {
    if (batch.count === 0) return 0;
    const kept = this.#sendsWhole(batch) ? batch.count : this.#listSendable(batch);
    if (kept === 0) return 0;
    const list = this.#list.address;
    const sent = this.#burst(this.#queue, list, kept);
    if (sent < kept) {
      this.#freeBulk(list + sent * 8, kept - sent);
      this.unsent += kept - sent;
    }
    this.sent += sent;
    return sent;
  }

  /**
   * Whether the list already holds what to send: this is the batch that was received last, and nothing
   * was dropped from it. (A workload may set a length to 0; it does not reorder a batch.)
   */
  #sendsWhole(batch: Batch): boolean {
    const listed = this.#ingress.listed === batch;
    this.#ingress.listed = undefined;
    if (!listed) return false;
    const { length, count } = batch;
    for (let i = 0; i < count; i++) if (length[i] === 0) return false;
    return true;
  }

  /** Lists the mbufs of frames to send, frees those of dropped ones; returns how many are listed. */
  #listSendable({ offset, length, count }: Batch): number {
    const pointers = this.#list.words;
    const dropped = this.#dropped.words;
    const toPointer = (this.#baseLow - this.#ingress.frameAt) | 0;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      // The high half of a pointer is the same for the whole pool and stands there already.
      const pointer = (offset[i]! + toPointer) | 0;
      if (length[i] !== 0) pointers[kept++ << 1] = pointer;
      else dropped[(i - kept) << 1] = pointer;
    }
    if (kept < count) this.#freeBulk(this.#dropped.address, count - kept);
    return kept;
  }
}
