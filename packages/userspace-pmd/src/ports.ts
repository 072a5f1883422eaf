/**
 * Ingress and egress on a DPDK driver's burst functions. A frame stays in its mbuf all the way:
 *
 *     pool → driver's rx_burst → receive → workload → transmit → driver's tx_burst → pool
 *
 * Two calls into C per burst, and per frame: the pointer, and two half words of the mbuf. The
 * functions have code of their own, into which V8 compiles arrays and addresses.
 */
import { type Batch, type Egress, type Ingress, withOwnCode } from "@iopath/contract";
import { frameAt, headroomBytes, mbuf } from "./abi.ts";
import type { Device } from "./device.ts";
import type { Libraries } from "./libraries.ts";
import type { MbufList, Pool } from "./pool.ts";

const dataOffsetWord = mbuf.dataOffset >> 2;
const dataLengthWord = mbuf.dataLength >> 2;

export type ReceivingDevice = Pick<Device, "receiveBurst" | "receiveQueue">;
export type TransmittingDevice = Pick<Device, "transmitBurst" | "transmitQueue">;

export class PmdIngress implements Ingress {
  received = 0;
  /** From the start of an mbuf to the frame; a driver puts all of its frames at one place. */
  frameAt = frameAt;
  /** Where in its buffer that is. */
  dataOffset: number = headroomBytes;
  /** The batch whose mbufs, in its order, the list holds. */
  listed: Batch | undefined;
  readonly receive: Ingress["receive"];

  constructor(device: ReceivingDevice, queue: number, pool: Pool, list: MbufList) {
    const dataOffset = mbuf.dataOffset >> 1;
    const dataLength = mbuf.dataLength >> 1;
    const inMbufs = { pool, pointers: list.words, dataOffset, dataLength };
    this.receive = withOwnCode(makeReceive)({
      ...{ ingress: this, pool, pointers: list.words, address: list.address },
      ...{ burst: device.receiveBurst, queue: device.receiveQueue(queue) },
      ...{ alignFrames, tabulateInto: (batch) => withOwnCode(makeTabulate)(batch, inMbufs) },
    });
  }
}

interface ReceiveParts {
  readonly ingress: PmdIngress;
  readonly pool: Pool;
  readonly pointers: Int32Array;
  readonly address: number;
  readonly burst: ReceivingDevice["receiveBurst"];
  readonly queue: number;
  readonly alignFrames: typeof alignFrames;
  readonly tabulateInto: (batch: Batch) => Tabulate;
}

function makeReceive(parts: ReceiveParts): Ingress["receive"] {
  const { ingress, pool, pointers, address, burst, queue } = parts;
  let known: Batch | undefined;
  let tabulate: Tabulate;
  return function receive(batch) {
    const count = burst(queue, address, batch.capacity);
    batch.count = count;
    if (count === 0) return 0;
    if (batch !== known) {
      tabulate = parts.tabulateInto(batch);
      known = batch;
    }
    const elsewhere = tabulate(count, ingress.frameAt, ingress.dataOffset);
    if (elsewhere !== 0) parts.alignFrames(ingress, pool, pointers, batch);
    ingress.listed = batch;
    ingress.received += count;
    return count;
  };
}

interface TabulateParts {
  readonly pool: Pool;
  readonly pointers: Int32Array;
  /** Half words from the start of an mbuf. */
  readonly dataOffset: number;
  readonly dataLength: number;
}

/**
 * Fills the columns of a batch from the first `count` mbufs of the list.
 *
 * @param at from the start of an mbuf to its frame
 * @param usual where in its buffer that is
 * @returns 0 when all frames begin there
 */
type Tabulate = (count: number, at: number, usual: number) => number;

/** One batch's own: V8 then knows where its columns are. */
function makeTabulate({ offset, length }: Batch, parts: TabulateParts): Tabulate {
  const { pool, pointers, dataOffset, dataLength } = parts;
  const { halves, baseLow } = pool;
  return function tabulate(count, at, usual) {
    let elsewhere = 0;
    for (let i = 0; i < count; i++) {
      const start = (pointers[i << 1]! - baseLow) | 0;
      const half = start >>> 1;
      elsewhere |= halves[half + dataOffset]! ^ usual;
      offset[i] = start + at;
      // Of a frame in several mbufs this is the first one's part, which the workload then drops.
      length[i] = halves[half + dataLength]!;
    }
    return elsewhere;
  };
}

/**
 * Not all frames of this burst begin where we said. The first one ever tells where; others move.
 */
function alignFrames(
  ingress: PmdIngress,
  { words, bytes, baseLow }: Pool,
  pointers: Int32Array,
  { offset, count }: Batch,
): void {
  for (let i = 0; i < count; i++) {
    const start = (pointers[i << 1]! - baseLow) | 0;
    const word = (start >>> 2) + dataOffsetWord;
    const dataOffset = words[word]! & 0xffff;
    if (ingress.received === 0 && i === 0 && (dataOffset & 3) === 0) {
      ingress.dataOffset = dataOffset;
      ingress.frameAt = mbuf.bytes + dataOffset;
    }
    offset[i] = start + ingress.frameAt;
    if (dataOffset === ingress.dataOffset) continue;
    const from = start + mbuf.bytes + dataOffset;
    const length = words[(start >>> 2) + dataLengthWord]! & 0xffff;
    bytes.copyWithin(start + ingress.frameAt, from, from + length);
    words[word] = (words[word]! & ~0xffff) | ingress.dataOffset;
  }
}

export interface EgressParts {
  readonly device: TransmittingDevice;
  readonly queue: number;
  readonly pool: Pool;
  /** That of the ingress, and a second one for the mbufs of frames that the workload dropped. */
  readonly lists: readonly [MbufList, MbufList];
  readonly freeBulk: Libraries["freeBulk"];
  readonly ingress: PmdIngress;
}

export class PmdEgress implements Egress {
  sent = 0;
  unsent = 0;
  readonly transmit: Egress["transmit"];

  constructor(parts: EgressParts) {
    this.transmit = withOwnCode(makeTransmit)(this, parts, listSendable);
  }
}

function makeTransmit(
  egress: PmdEgress,
  parts: EgressParts,
  list: typeof listSendable,
): Egress["transmit"] {
  const { freeBulk, ingress } = parts;
  const burst = parts.device.transmitBurst;
  const queue = parts.device.transmitQueue(parts.queue);
  const { address } = parts.lists[0];
  return function transmit(batch) {
    const { count } = batch;
    if (count === 0) return 0;
    // Is this the batch that was received last, and nothing dropped from it, the list holds what to
    // send.
    const whole = batch.dropped === 0 && ingress.listed === batch;
    ingress.listed = undefined;
    const kept = whole ? count : list(parts, batch);
    if (kept === 0) return 0;
    const sent = burst(queue, address, kept);
    if (sent < kept) {
      freeBulk(address + sent * 8, kept - sent);
      egress.unsent += kept - sent;
    }
    egress.sent += sent;
    return sent;
  };
}

/** Lists the mbufs of frames to send, frees those of dropped ones; returns how many are listed. */
function listSendable(
  { lists, pool, ingress, freeBulk }: EgressParts,
  { offset, length, count }: Batch,
): number {
  const pointers = lists[0].words;
  const dropped = lists[1].words;
  const toPointer = (pool.baseLow - ingress.frameAt) | 0;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    // The high half of a pointer is the same for the whole pool and stands there already.
    const pointer = (offset[i]! + toPointer) | 0;
    if (length[i] !== 0) pointers[kept++ << 1] = pointer;
    else dropped[(i - kept) << 1] = pointer;
  }
  if (kept < count) freeBulk(lists[1].address, count - kept);
  return kept;
}
