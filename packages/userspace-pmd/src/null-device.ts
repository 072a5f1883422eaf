/**
 * Variant `null`: a driver that makes a frame whenever asked and throws away what it is given, so that
 * what is left is the cost of the loop itself, the ceiling of every DPDK path. There is no wire to look
 * at. What a tester does instead:
 *
 * - It grants frames: without a grant the port is quiet, and a window is a grant of so many frames.
 * - The driver leaves what is in an mbuf as it finds it. When measuring, all mbufs of the pool hold a
 *   valid frame, and what came out is what tx_burst took.
 * - When verifying, a hook writes the frames asked for into the mbufs that rx_burst just gave, and reads
 *   them out of the very list that tx_burst is about to get. That judges the mbuf layout, the workload,
 *   the drops and the pointers handed over; what the driver does with them nobody can see.
 */
import type {
  Batch,
  Egress,
  Ingress,
  MeasuringTester,
  OwnTesters,
  VerifyingTester,
} from "@iopath/contract";
import { internetChecksum } from "@iopath/contract";
import { frameAt, mbuf } from "./abi.ts";
import type { Device } from "./device.ts";
import type { Libraries } from "./libraries.ts";
import type { MbufList, Pool } from "./pool.ts";

/** What passes by while verifying; undefined while measuring. */
interface Hook {
  readonly toCome: Uint8Array[];
  readonly gone: Uint8Array[];
}

export class NullIngress implements Ingress {
  received = 0;
  granted = 0;
  readonly frameAt = frameAt;
  /** The batch whose mbufs, in its order, the list holds. */
  listed: Batch | undefined;
  hook: Hook | undefined;
  #burst: Device["receiveBurst"];
  #queue: number;
  readonly #list: MbufList;
  readonly #pool: Pool;

  constructor(device: Device, pool: Pool, list: MbufList) {
    this.#burst = device.receiveBurst;
    this.#queue = device.receiveQueue(0);
    this.#list = list;
    this.#pool = pool;
  }

  /** Takes frames from another device from now on: the driver's frame size is fixed when it is made. */
  switchTo(device: Device): void {
    this.#burst = device.receiveBurst;
    this.#queue = device.receiveQueue(0);
  }

  receive(batch: Batch): number {
    const want = Math.min(this.granted, batch.capacity);
    const count = want === 0 ? 0 : this.#burst(this.#queue, this.#list.address, want);
    batch.count = count;
    if (count === 0) return 0;
    this.granted -= count;
    if (this.hook !== undefined) this.#write(this.hook, count);
    const { offset, length } = batch;
    const pointers = this.#list.words;
    const { halves, baseLow } = this.#pool;
    for (let i = 0; i < count; i++) {
      const start = (pointers[i << 1]! - baseLow) | 0;
      offset[i] = start + frameAt;
      length[i] = halves[(start + mbuf.dataLength) >>> 1]!;
    }
    this.listed = batch;
    this.received += count;
    return count;
  }

  #write({ toCome }: Hook, count: number): void {
    for (let i = 0; i < count; i++) this.#pool.write(this.#list, i, toCome.shift()!);
  }
}

export class NullEgress implements Egress {
  sent = 0;
  unsent = 0;
  hook: Hook | undefined;
  readonly #burst: Device["transmitBurst"];
  readonly #queue: number;
  readonly #list: MbufList;
  readonly #dropped: MbufList;
  readonly #pool: Pool;
  readonly #freeBulk: Libraries["freeBulk"];
  readonly #ingress: NullIngress;

  constructor(
    device: Device,
    pool: Pool,
    lists: readonly [MbufList, MbufList],
    dpdk: Libraries,
    ingress: NullIngress,
  ) {
    this.#ingress = ingress;
    this.#burst = device.transmitBurst;
    this.#queue = device.transmitQueue(0);
    [this.#list, this.#dropped] = lists;
    this.#pool = pool;
    this.#freeBulk = dpdk.freeBulk;
  }

  transmit(batch: Batch): number {
    if (batch.count === 0) return 0;
    const kept = this.#sendsWhole(batch) ? batch.count : this.#listSendable(batch);
    if (kept === 0) return 0;
    if (this.hook !== undefined) this.#read(this.hook, kept);
    const sent = this.#burst(this.#queue, this.#list.address, kept);
    if (sent < kept) {
      this.#freeBulk(this.#list.address + sent * 8, kept - sent);
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
    const toPointer = (this.#pool.baseLow - frameAt) | 0;
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

  #read({ gone }: Hook, count: number): void {
    for (let i = 0; i < count; i++) gone.push(this.#pool.read(this.#list, i));
  }
}

/** @param openDevice makes a device whose frames have so many bytes, and takes the last one down */
export function nullTesters(
  pool: Pool,
  ingress: NullIngress,
  egress: NullEgress,
  openDevice: (frameBytes: number) => Device,
): OwnTesters {
  return {
    verifying: () => verifyNull(ingress, egress),
    measuring(window) {
      const frame = longLived(window[0]!);
      ingress.switchTo(openDevice(frame.length));
      return measureNull(pool, ingress, egress, frame, window.length);
    },
  };
}

function verifyNull(ingress: NullIngress, egress: NullEgress): VerifyingTester {
  const hook: Hook = { toCome: [], gone: [] };
  ingress.hook = hook;
  egress.hook = hook;
  return {
    send(frames) {
      hook.toCome.push(...frames);
      ingress.granted += frames.length;
    },
    collect: () => hook.gone.splice(0),
    [Symbol.dispose]() {
      ingress.hook = undefined;
      egress.hook = undefined;
    },
  };
}

const timeToLiveAt = 22;
const timeToLive = 255;
/** Windows after which no frame's TTL can have come near 1, from 255. */
const windowsPerRefresh = 250;

/** The frame with a TTL of 255, since the same mbufs go round and round, one lower each time. */
function longLived(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy[timeToLiveAt] = timeToLive;
  copy.set([0, 0], 24);
  const checksum = internetChecksum(copy.subarray(14, 34));
  copy.set([checksum >>> 8, checksum & 0xff], 24);
  return copy;
}

function measureNull(
  pool: Pool,
  ingress: NullIngress,
  egress: NullEgress,
  frame: Uint8Array,
  window: number,
): MeasuringTester {
  const { words } = pool;
  const places = Uint32Array.from(pool.mbufs(), (at) => at + frameAt);
  for (const at of places) pool.bytes.set(frame, at);
  const view = new DataView(frame.buffer, frame.byteOffset);
  const [timeToLiveWord, checksumWord] = [view.getInt32(20, true), view.getInt32(24, true)];
  const sentBefore = egress.sent;
  let windows = 0;
  return {
    sendWindow() {
      if (++windows === windowsPerRefresh) {
        windows = 0;
        for (let i = 0; i < places.length; i++) {
          const at = places[i]! >>> 2;
          words[at + 5] = timeToLiveWord;
          words[at + 6] = checksumWord;
        }
      }
      ingress.granted += window;
      return window;
    },
    received: () => (egress.sent - sentBefore) | 0,
    [Symbol.dispose]() {},
  };
}
