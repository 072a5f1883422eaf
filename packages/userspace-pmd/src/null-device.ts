/**
 * Variant `net-null`: a driver that makes a frame whenever asked and throws away what it is given,
 * so that what is left is the cost of the loop itself, the ceiling of every DPDK path. There is no
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
import {
  FrameQueue,
  type MeasuringTester,
  type OwnTesters,
  type VerifyingTester,
  type Wear,
} from "@iopath/contract";
import { frameAt } from "./abi.ts";
import type { Device } from "./device.ts";
import type { BurstFunction } from "./libraries.ts";
import type { MbufList } from "./mbuf-list.ts";
import type { Pool } from "./pool.ts";
import type { QueueBurst } from "./port.ts";
import type { PmdEgress, ReceivingDevice, TransmittingDevice } from "./ports.ts";
import { Renewal } from "./renewal.ts";

type NullDevice = Pick<Device, "receiveBurst" | "receiveQueue" | "transmitter">;

/** Frames to come and gone while verifying. */
interface Verified {
  readonly toCome: FrameQueue;
  readonly gone: FrameQueue;
}

/** Far more than a verifying tester has on the way, and room for the largest frame. */
const verifiedFrames = 1024;
const verifiedBytes = 2048;

interface NullParts {
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
  /** Undefined while measuring. */
  verified: Verified | undefined;
  /** Of the frames that go round while measuring. */
  renewal: Renewal | undefined;
  readonly #pool: Pool;
  readonly list: MbufList;
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
    this.list = list;
  }

  /**
   * Takes frames from another device from now on: the driver's frame size is fixed when it is made.
   */
  switchTo(source: NullDevice): void {
    this.#source = source.receiveBurst;
    this.#sourceQueue = source.receiveQueue(this.#queue);
  }

  receiver(): QueueBurst {
    return (most) => {
      const want = Math.min(this.granted, most);
      if (want === 0) return 0;
      const count = this.#source(this.#sourceQueue, this.list.address, want);
      this.granted -= count;
      const { verified } = this;
      if (verified !== undefined) {
        for (let i = 0; i < count; i++) this.#pool.writeFrom(verified.toCome, this.list, i);
      } else {
        this.renewal?.count(this.list, count);
      }
      return count;
    };
  }

  transmitter(queue: number): QueueBurst {
    const burst = this.#sink.transmitter(queue, this.list);
    return (count) => {
      const { verified } = this;
      if (verified !== undefined) {
        for (let i = 0; i < count; i++) this.#pool.readInto(verified.gone, this.list, i);
      }
      return burst(count);
    };
  }
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
    measuring(window, { wear }) {
      const frame = wear ? wear.fresh(window[0]!) : window[0]!;
      devices.switchTo(sourceOf(frame.length));
      return measureNull(pool, devices, egress, { frame, wear, window: window.length });
    },
  };
}

function verifyNull(devices: NullDevices): VerifyingTester {
  const toCome = new FrameQueue(verifiedFrames, verifiedBytes);
  const gone = new FrameQueue(verifiedFrames, verifiedBytes);
  devices.verified = { toCome, gone };
  return {
    send(frames) {
      for (const frame of frames) toCome.push(frame, 0, frame.length);
      devices.granted += frames.length;
    },
    collect: () => Array.from({ length: gone.count }, () => gone.shift()),
    [Symbol.dispose]() {
      devices.verified = undefined;
    },
  };
}

/** The frame that all mbufs hold while measuring, and how many of them a window has. */
interface RoundFrames {
  readonly frame: Uint8Array;
  readonly wear: Wear | undefined;
  readonly window: number;
}

function measureNull(
  pool: Pool,
  devices: NullDevices,
  egress: PmdEgress,
  { frame, wear, window }: RoundFrames,
): MeasuringTester {
  for (const mbuf of pool.mbufs()) pool.bytes.set(frame, mbuf + frameAt);
  devices.renewal = wear && new Renewal(pool, frame, wear);
  devices.renewal?.rehearse(devices.list);
  const sentBefore = egress.sent;
  return {
    sendWindow() {
      devices.granted += window;
      return window;
    },
    received: () => (egress.sent - sentBefore) | 0,
    [Symbol.dispose]() {
      devices.renewal = undefined;
    },
  };
}
