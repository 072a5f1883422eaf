/** A pool of mbufs, and all of its memory as one view. */
import { ExitStatus, type FrameQueue, IopathError } from "@iopath/contract";
import { bytesAt, placeInLinear } from "@iopath/native";
import {
  frameAt,
  headroomBytes,
  mbuf,
  memoryChunk,
  mempool,
  objectHeader,
  poolOperations,
} from "./abi.ts";
import type { Eal } from "./eal.ts";
import { type PoolFunction, poolFunction, readUint32, readUint64 } from "./libraries.ts";
import type { MbufList } from "./mbuf-list.ts";
import { createInLinear, createInOwn } from "./new-pool.ts";
import { mapAgain } from "./own-memory.ts";

const referencesOne = 0x1_0000;

export interface PoolOptions {
  /** One that nobody has yet. */
  readonly name?: string;
  /** Whether a device reads its memory by itself. */
  readonly forHardware?: boolean;
  /**
   * Whether it lies in memory that DPDK has told others of: a device, or who shares it. In
   * hugepages it always does.
   */
  readonly inOwnMemory?: boolean;
}

export class Pool implements Disposable {
  readonly address: number;
  readonly size: number;
  /** Address of the first byte of `bytes`, whole and its low half. */
  readonly base: number;
  readonly baseLow: number;
  /** The high half of the address of every mbuf: the pool does not cross a multiple of 4 GiB. */
  readonly high: number;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  /**
   * Half words: what a driver stored as 16 bits is loaded as 16 bits, or the load waits for the
   * store.
   */
  readonly halves: Uint16Array;
  /** Mbufs that a driver is known to keep when it is closed. */
  forfeited = 0;
  readonly #eal: Eal;
  readonly #dequeue: PoolFunction;
  /** Its own and the view's. */
  readonly #resources: DisposableStack;

  private constructor(eal: Eal, address: number, place: Place, resources: DisposableStack) {
    const { dpdk } = eal;
    const { low, bytes } = place;
    this.#eal = eal;
    this.#resources = resources;
    this.address = address;
    this.size = readUint32(address + mempool.size);
    this.base = low;
    this.baseLow = low | 0;
    this.high = Math.floor(low / 2 ** 32);
    this.bytes = bytes;
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 2);
    this.halves = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >>> 1);
    const kind = readUint32(address + mempool.operations);
    const operations =
      dpdk.poolOperationsAddress + poolOperations.first + kind * poolOperations.bytes;
    this.#dequeue = poolFunction(readUint64(operations + poolOperations.dequeue));
  }

  /** @throws IopathError when there is no memory for that many mbufs */
  static create(eal: Eal, size: number, options: PoolOptions = {}): Pool {
    const {
      name = eal.newName("iopath"),
      forHardware = false,
      inOwnMemory = forHardware,
    } = options;
    using resources = new DisposableStack();
    const { address, memory } =
      inOwnMemory || eal.pages === "huge"
        ? createInOwn(eal, name, size, forHardware)
        : createInLinear(eal, name, size);
    if (memory) resources.use(memory);
    resources.defer(() => eal.dpdk.poolFree(address));
    const place = placeOf(eal, address, resources);
    return new Pool(eal, address, place, resources.move());
  }

  /**
   * One that another thread of this process has made, and frees; what is disposed here is the view.
   *
   * @throws IopathError without it
   */
  static find(eal: Eal, name: string): Pool {
    const address = eal.dpdk.poolLookup(name) as number;
    if (address === 0) {
      throw new IopathError(ExitStatus.cannotRun, `DPDK has no pool ${name} in this process`);
    }
    using resources = new DisposableStack();
    const place = placeOf(eal, address, resources);
    return new Pool(eal, address, place, resources.move());
  }

  /** Mbufs that nobody holds. */
  available(): number {
    return this.#eal.dpdk.poolAvailable(this.address) as number;
  }

  /**
   * Takes `count` mbufs past the core's cache, ready to hold a frame; false when there are too few.
   */
  take(list: MbufList, first: number, count: number): boolean {
    if (this.#dequeue(this.address, list.address + first * 8, count) !== 0) return false;
    for (let i = first; i < first + count; i++) this.#reset(this.#startOf(list, i));
    return true;
  }

  /** As rte_pktmbuf_reset(): one segment at the usual place, no offload. */
  #reset(at: number): void {
    const word = at >>> 2;
    const { words } = this;
    words[word + (mbuf.dataOffset >> 2)] = headroomBytes | referencesOne;
    words[word + (mbuf.segments >> 2)] = 1 | (0xffff << 16);
    for (const member of [mbuf.offloadFlags, mbuf.next, mbuf.transmitOffload]) {
      words[word + (member >> 2)] = 0;
      words[word + (member >> 2) + 1] = 0;
    }
  }

  /**
   * Byte offset in the view of the frame of mbuf `i` of a list whose frames are at the usual place.
   */
  frameOffset(list: MbufList, i: number): number {
    return this.#startOf(list, i) + frameAt;
  }

  /** Writes a frame into an mbuf, with its length. */
  write(list: MbufList, i: number, frame: Uint8Array): void {
    const at = this.#startOf(list, i);
    this.bytes.set(frame, at + frameAt);
    this.#setLengthAt(at, frame.length);
  }

  /** Of the frame in mbuf `i` of a list. */
  setLength(list: MbufList, i: number, bytes: number): void {
    this.#setLengthAt(this.#startOf(list, i), bytes);
  }

  /** As `write`, of the oldest frame of a queue, and without allocating. */
  writeFrom(queue: FrameQueue, list: MbufList, i: number): void {
    const at = this.#startOf(list, i);
    this.#setLengthAt(at, queue.shiftInto(this.bytes, at + frameAt));
  }

  /** A copy of the frame that an mbuf holds, wherever in its buffer that begins. */
  read(list: MbufList, i: number): Uint8Array {
    const at = this.#startOf(list, i);
    const begin = this.#frameIn(at);
    return this.bytes.slice(begin, begin + this.#lengthIn(at));
  }

  /** As `read`, into a queue, and without allocating. */
  readInto(queue: FrameQueue, list: MbufList, i: number): void {
    const at = this.#startOf(list, i);
    queue.push(this.bytes, this.#frameIn(at), this.#lengthIn(at));
  }

  /** Byte offset in the view of mbuf `i` of a list. */
  #startOf(list: MbufList, i: number): number {
    return (list.words[i * 2]! - this.baseLow) | 0;
  }

  #frameIn(at: number): number {
    return at + mbuf.bytes + (this.words[(at + mbuf.dataOffset) >>> 2]! & 0xffff);
  }

  #lengthIn(at: number): number {
    return this.words[(at + mbuf.dataLength) >>> 2]! & 0xffff;
  }

  #setLengthAt(at: number, bytes: number): void {
    this.words[(at + mbuf.packetLength) >>> 2] = bytes;
    this.words[(at + mbuf.dataLength) >>> 2] = bytes;
  }

  release(list: MbufList, first: number, count: number): void {
    if (count > 0) this.#eal.dpdk.freeBulk(list.address + first * 8, count);
  }

  /** Byte offset in the view of every mbuf of the pool, free or not. */
  *mbufs(): Generator<number> {
    let header = readUint64(this.address + mempool.elements);
    for (; header !== 0; header = readUint64(header + objectHeader.next)) {
      yield header + objectHeader.bytes - this.base;
    }
  }

  /** Nothing may touch the views afterwards. */
  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** Where the mbufs lie: their address, and a view of them. */
interface Place {
  readonly low: number;
  readonly bytes: Uint8Array;
}

/** A view where WebAssembly reaches it, if there is a way. */
function placeOf(eal: Eal, pool: number, resources: DisposableStack): Place {
  const { low, high } = span(pool);
  if (Math.floor((high - 1) / 2 ** 32) !== Math.floor(low / 2 ** 32) || high - low >= 2 ** 31) {
    throw new IopathError(ExitStatus.cannotRun, "DPDK's pool crosses a multiple of 4 GiB", {
      remedy: "start again: its address is chosen at random each time",
    });
  }
  const bytes = bytesAt(low, high - low);
  if (placeInLinear(bytes) !== undefined) return { low, bytes };
  const again = mapAgain(eal, low, high);
  if (again === undefined) return { low, bytes };
  resources.use(again.memory);
  return { low, bytes: again.bytes };
}

/** [low, high) of the memory that the pool's chunks lie in. */
function span(pool: number): { low: number; high: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = 0;
  for (let chunk = readUint64(pool + mempool.chunks); chunk !== 0; chunk = readUint64(chunk)) {
    const address = readUint64(chunk + memoryChunk.address);
    low = Math.min(low, address);
    high = Math.max(high, address + readUint64(chunk + memoryChunk.length));
  }
  return { low, high };
}
