/**
 * Proves, before anything is measured, that the layouts of `abi.ts` are those of the DPDK that
 * runs: a frame is written through them, goes through a ring port, and is read back through them. A
 * layout that is wrong would otherwise corrupt memory without a word.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { bufferBytes, headroomBytes, mbuf, mempool } from "./abi.ts";
import { Device } from "./device.ts";
import type { Eal } from "./eal.ts";
import { readUint32, readUint64 } from "./libraries.ts";
import { MbufList } from "./mbuf-list.ts";
import { Pool } from "./pool.ts";

/** A pool is refused that is smaller than one and a half of its cache, 256. */
const mbufs = 511;
const frames = 8;

let passed = false;

/** Once a process. @throws IopathError that names what differs */
export function selfTest(eal: Eal): void {
  if (passed) return;
  using resources = new DisposableStack();
  const pool = resources.use(Pool.create(eal, mbufs));
  const list = resources.use(new MbufList(frames, pool.high));
  const device = resources.use(new Device(eal, { driver: "net_ring", pool, descriptors: 64 }));
  checkPool(pool);
  if (!pool.take(list, 0, frames)) throw mismatch("the pool's dequeue function gave no mbufs");
  checkFreeMbuf(pool, list);
  checkRoundTrip(pool, list, device);
  if (pool.available() !== mbufs)
    throw mismatch(`${mbufs - pool.available()} mbufs did not return`);
  passed = true;
}

function mismatch(what: string): IopathError {
  return new IopathError(ExitStatus.cannotRun, `DPDK's layout is not what it should be: ${what}`, {
    remedy: "this DPDK was built in another way than its distribution's; please report its version",
  });
}

function checkPool(pool: Pool): void {
  const element = readUint32(pool.address + mempool.elementBytes);
  const cache = readUint32(pool.address + mempool.cacheSize);
  if (pool.size !== mbufs) throw mismatch(`the pool has ${pool.size} mbufs, not ${mbufs}`);
  if (element !== mbuf.bytes + bufferBytes) throw mismatch(`its elements have ${element} bytes`);
  if (cache === 0 || cache > mbufs) throw mismatch(`its cache holds ${cache} mbufs`);
  const offsets = [...pool.mbufs()];
  const inside = offsets.every((at) => at >= 0 && at + element <= pool.bytes.length);
  if (offsets.length !== mbufs || !inside) throw mismatch("mbufs lie outside of the pool's memory");
}

/** What the pool set in each mbuf when it was made: where its buffer is, and whose it is. */
function checkFreeMbuf(pool: Pool, list: MbufList): void {
  const address = pool.base + pool.frameOffset(list, 0) - headroomBytes - mbuf.bytes;
  if (readUint64(address + mbuf.bufferAddress) !== address + mbuf.bytes) {
    throw mismatch("an mbuf's buffer does not follow it");
  }
  if (readUint64(address + mbuf.pool) !== pool.address) throw mismatch("an mbuf has another pool");
  const length = readUint32(address + mbuf.bufferLength - 2) >>> 16;
  if (length !== bufferBytes) throw mismatch(`an mbuf's buffer has ${length} bytes`);
}

function checkRoundTrip(pool: Pool, list: MbufList, device: Device): void {
  const sent = Array.from({ length: frames }, (_, i) =>
    Uint8Array.from({ length: 60 + i * 100 }, (_, at) => (at * 7 + i) & 0xff),
  );
  sent.forEach((frame, i) => {
    pool.write(list, i, frame);
  });
  const taken = device.transmitBurst(device.transmitQueue(0), list.address, frames);
  list.words.fill(0, 0, frames * 2);
  const came = device.receiveBurst(device.receiveQueue(0), list.address, frames);
  if (taken !== frames || came !== frames) {
    throw mismatch(`of ${frames} frames a ring took ${taken} and gave back ${came}`);
  }
  const same = sent.every((frame, i) => Buffer.compare(frame, pool.read(list, i)) === 0);
  pool.release(list, 0, came);
  if (!same) throw mismatch("frames came out of a ring other than they went in");
}
