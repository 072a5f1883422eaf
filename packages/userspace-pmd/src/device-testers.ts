/** Testers for ports whose other ends are DPDK ports too: a ring in memory, memif, vhost. */
import {
  ExitStatus,
  IopathError,
  type MeasuringTester,
  type OwnTesters,
  type VerifyingTester,
  type Wear,
} from "@iopath/contract";
import { mbuf } from "./abi.ts";
import { MbufList } from "./mbuf-list.ts";
import type { Pool } from "./pool.ts";
import type { Port } from "./port.ts";
import { wornWords } from "./renewal.ts";

/** Most frames of one window, and of one call of `collect`. */
const listCapacity = 4096;
/** A driver that can't take frames now may in a moment, as its peer makes room. */
const sendAttempts = 1000;

type ReceivingDevice = Pick<Port, "receiveBurst" | "receiveQueue">;
type TransmittingDevice = Pick<Port, "transmitBurst" | "transmitQueue">;

interface Wires {
  readonly pool: Pool;
  /** Transmits into the forwarder's ingress. */
  readonly into: TransmittingDevice;
  /** Receives what the forwarder's egress sent. */
  readonly outOf: ReceivingDevice;
  /** Of both. */
  readonly queue: number;
}

export function deviceTesters(
  pool: Pool,
  into: TransmittingDevice,
  outOf: ReceivingDevice,
  queue = 0,
): OwnTesters {
  const wires = { pool, into, outOf, queue };
  return {
    verifying: () => verifyDevice(wires),
    measuring: (window, { wear }) => measureDevice(wires, window, wear),
  };
}

function verifyDevice({ pool, into, outOf, queue }: Wires): VerifyingTester {
  const list = new MbufList(listCapacity, pool.high);
  const intoQueue = into.transmitQueue(queue);
  const outOfQueue = outOf.receiveQueue(queue);
  return {
    send(frames) {
      takeOrThrow(pool, list, frames.length);
      frames.forEach((frame, i) => {
        pool.write(list, i, frame);
      });
      let sent = 0;
      for (let attempt = 0; attempt < sendAttempts && sent < frames.length; attempt++) {
        sent += into.transmitBurst(intoQueue, list.address + sent * 8, frames.length - sent);
      }
      pool.release(list, sent, frames.length - sent);
    },
    collect() {
      const count = outOf.receiveBurst(outOfQueue, list.address, 256);
      const frames = Array.from({ length: count }, (_, i) => pool.read(list, i));
      pool.release(list, 0, count);
      return frames;
    },
    [Symbol.dispose]: () => list[Symbol.dispose](),
  };
}

function takeOrThrow(pool: Pool, list: MbufList, count: number): void {
  if (count <= listCapacity && pool.take(list, 0, count)) return;
  throw new IopathError(ExitStatus.cannotRun, `no ${count} mbufs are left for the tester`, {
    remedy: "use a smaller window",
  });
}

const mbufWords = mbuf.bytes >> 2;
const dataOffsetWord = mbuf.dataOffset >> 2;
/** So many passes before a frame would be dropped it is written again. */
const sparePasses = 3;

/** The mbufs that come back are the next window: only what passes wear out needs care. */
function measureDevice(
  { pool, into, outOf, queue }: Wires,
  window: readonly Uint8Array[],
  wear: Wear | undefined,
): MeasuringTester {
  const list = new MbufList(listCapacity, pool.high);
  const size = window.length;
  takeOrThrow(pool, list, size);
  window.forEach((frame, i) => {
    pool.write(list, i, frame);
  });
  const { words, baseLow } = pool;
  const pointers = list.words;
  const worn = wear ? wornWords(window[0]!, wear) : [];
  const windowsPerRefresh = wear ? wear.passes.built - sparePasses : -1;
  const intoQueue = into.transmitQueue(queue);
  const outOfQueue = outOf.receiveQueue(queue);
  const { transmitBurst } = into;
  const { receiveBurst } = outOf;
  let held = size;
  let received = 0;
  let windows = 0;

  function refresh(): void {
    windows = 0;
    for (let i = 0; i < held; i++) {
      const start = ((pointers[i << 1]! - baseLow) | 0) >>> 2;
      const at = start + mbufWords + ((words[start + dataOffsetWord]! & 0xffff) >>> 2);
      for (const word of worn) words[at + word.at] = word.value;
    }
  }
  return {
    sendWindow() {
      if (++windows === windowsPerRefresh) refresh();
      let sent = 0;
      for (let attempt = 0; attempt < sendAttempts && sent < held; attempt++) {
        sent += transmitBurst(intoQueue, list.address + sent * 8, held - sent);
      }
      for (let i = sent; i < held; i++) pointers[(i - sent) << 1] = pointers[i << 1]!;
      held -= sent;
      return sent;
    },
    received() {
      if (held === size) return received;
      const count = receiveBurst(outOfQueue, list.address + held * 8, size - held);
      held += count;
      received = (received + count) | 0;
      return received;
    },
    [Symbol.dispose]() {
      pool.release(list, 0, held);
      list[Symbol.dispose]();
    },
  };
}
