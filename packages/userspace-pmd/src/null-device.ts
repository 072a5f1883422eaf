/**
 * Variant `null`: a driver that makes a frame whenever asked and throws away what it is given, so
 * that what is left is the cost of the loop itself, the ceiling of every DPDK path. There is no
 * wire to look at. What a tester does instead:
 *
 * - It grants frames: without a grant the port is quiet, and a window is a grant of so many frames.
 * - The driver leaves what is in an mbuf as it finds it. When measuring, all mbufs of the pool hold
 *   a valid frame, and what came out is what tx_burst took.
 * - When verifying, a hook writes the frames asked for into the mbufs that rx_burst just gave, and
 *   reads them out of the very list that tx_burst is about to get. That judges the mbuf layout, the
 *   workload, the drops and the pointers handed over; what the driver does with them nobody can
 *   see.
 */
import type { MeasuringTester, OwnTesters, VerifyingTester } from "@iopath/contract";
import { frameAt } from "./abi.ts";
import type { BurstFunction } from "./libraries.ts";
import type { MbufList, Pool } from "./pool.ts";
import type { PmdEgress, ReceivingDevice, TransmittingDevice } from "./ports.ts";
import { longLived, TimeToLive } from "./time-to-live.ts";

type NullDevice = ReceivingDevice & TransmittingDevice;

export interface NullParts {
  readonly source: NullDevice;
  readonly sink: NullDevice;
  /** Of both. */
  readonly queue?: number;
  readonly pool: Pool;
  readonly list: MbufList;
}

/**
 * The two devices, with the grants in the way in, and the hooks of the verifying tester in both.
 */
export class NullDevices implements ReceivingDevice, TransmittingDevice {
  granted = 0;
  /** Frames to come and gone while verifying; undefined while measuring. */
  verified: { readonly toCome: Uint8Array[]; readonly gone: Uint8Array[] } | undefined;
  /** Of the frames that go round while measuring. */
  timeToLive: TimeToLive | undefined;
  readonly #pool: Pool;
  readonly #list: MbufList;
  readonly #sink: NullDevice;
  readonly #queue: number;
  #source: BurstFunction;
  #sourceQueue: number;

  constructor({ source, sink, queue = 0, pool, list }: NullParts) {
    this.#source = source.receiveBurst;
    this.#sourceQueue = source.receiveQueue(queue);
    this.#queue = queue;
    this.#sink = sink;
    this.#pool = pool;
    this.#list = list;
  }

  /**
   * Takes frames from another device from now on: the driver's frame size is fixed when it is made.
   */
  switchTo(source: NullDevice): void {
    this.#source = source.receiveBurst;
    this.#sourceQueue = source.receiveQueue(this.#queue);
  }

  receiveQueue(): number {
    return this.#sourceQueue;
  }

  transmitQueue(queue: number): number {
    return this.#sink.transmitQueue(queue);
  }

  readonly receiveBurst: BurstFunction = (_queue, mbufs, most) => {
    const want = Math.min(this.granted, most);
    if (want === 0) return 0;
    const count = this.#source(this.#sourceQueue, mbufs, want);
    this.granted -= count;
    const { verified } = this;
    if (verified !== undefined) {
      for (let i = 0; i < count; i++) this.#pool.write(this.#list, i, verified.toCome.shift()!);
    } else {
      this.timeToLive?.count(this.#list, count);
    }
    return count;
  };

  readonly transmitBurst: BurstFunction = (queue, mbufs, count) => {
    const { verified } = this;
    if (verified !== undefined) {
      for (let i = 0; i < count; i++) verified.gone.push(this.#pool.read(this.#list, i));
    }
    return this.#sink.transmitBurst(queue, mbufs, count);
  };
}

/**
 * @param sourceOf a device whose frames have so many bytes; it is needed until the next one is
 *   asked for
 */
export function nullTesters(
  pool: Pool,
  devices: NullDevices,
  egress: PmdEgress,
  sourceOf: (frameBytes: number) => NullDevice,
): OwnTesters {
  return {
    verifying: () => verifyNull(devices),
    measuring(window) {
      const frame = longLived(window[0]!);
      devices.switchTo(sourceOf(frame.length));
      return measureNull(pool, devices, egress, frame, window.length);
    },
  };
}

function verifyNull(devices: NullDevices): VerifyingTester {
  const verified = { toCome: [] as Uint8Array[], gone: [] as Uint8Array[] };
  devices.verified = verified;
  return {
    send(frames) {
      verified.toCome.push(...frames);
      devices.granted += frames.length;
    },
    collect: () => verified.gone.splice(0),
    [Symbol.dispose]() {
      devices.verified = undefined;
    },
  };
}

function measureNull(
  pool: Pool,
  devices: NullDevices,
  egress: PmdEgress,
  frame: Uint8Array,
  window: number,
): MeasuringTester {
  for (const mbuf of pool.mbufs()) pool.bytes.set(frame, mbuf + frameAt);
  devices.timeToLive = new TimeToLive(pool, frame);
  const sentBefore = egress.sent;
  return {
    sendWindow() {
      devices.granted += window;
      return window;
    },
    received: () => (egress.sent - sentBefore) | 0,
    [Symbol.dispose]() {
      devices.timeToLive = undefined;
    },
  };
}
