/**
 * Ingress and egress on a DPDK driver's burst functions. A frame stays in its mbuf all the way:
 *
 *     pool → driver's rx_burst → receive → workload → transmit → driver's tx_burst → pool
 *
 * Two calls into C per burst, and per frame: the pointer, and two half words of the mbuf. The
 * functions have code of their own, into which V8 compiles arrays and addresses.
 */
import { type Batch, type Egress, type Ingress, withOwnCode } from "@iopath/contract";
import { mbuf } from "./abi.ts";
import type { Device } from "./device.ts";
import type { Libraries } from "./libraries.ts";
import { droppedBit } from "./mbuf-frames.ts";
import type { MbufList } from "./mbuf-list.ts";
import type { QueueBurst } from "./port.ts";
import type { Columns, Received } from "./received.ts";

export type ReceivingDevice = Pick<Device, "receiver">;
export type TransmittingDevice = Pick<Device, "transmitter">;

export class PmdIngress implements Ingress {
  received = 0;
  readonly receive: Ingress["receive"];

  constructor(device: ReceivingDevice, queue: number, received: Received) {
    this.receive = withOwnCode(makeReceive)(this, received, device.receiver(queue, received.list));
  }
}

function makeReceive(
  ingress: PmdIngress,
  received: Received,
  burst: QueueBurst,
): Ingress["receive"] {
  let known: Batch | undefined;
  let columns: Columns;
  let tabulate: Columns["tabulate"];
  return function receive(batch) {
    const count = burst(batch.capacity);
    batch.count = count;
    if (count === 0) return 0;
    if (batch.inPlace === true) {
      ingress.received += count;
      return count;
    }
    if (batch !== known) {
      columns = received.columnsOf(batch);
      tabulate = columns.tabulate;
      known = batch;
    }
    if (tabulate(count) !== 0 && received.align(batch, ingress.received === 0)) known = undefined;
    received.columns = columns;
    ingress.received += count;
    return count;
  };
}

interface EgressParts {
  readonly device: TransmittingDevice;
  readonly queue: number;
  /** Of the ingress. */
  readonly received: Received;
  /** For the mbufs of frames that the workload dropped. */
  readonly dropped: MbufList;
  readonly freeBulk: Libraries["freeBulk"];
}

export class PmdEgress implements Egress {
  sent = 0;
  unsent = 0;
  readonly transmit: Egress["transmit"];

  constructor(parts: EgressParts) {
    this.transmit = withOwnCode(makeTransmit)(this, parts, listSendable, listForwarded);
  }
}

function makeTransmit(
  egress: PmdEgress,
  parts: EgressParts,
  list: typeof listSendable,
  listInPlace: typeof listForwarded,
): Egress["transmit"] {
  const { freeBulk, received } = parts;
  const burst = parts.device.transmitter(parts.queue, received.list);
  const { address } = received.list;
  return function transmit(batch) {
    const { count } = batch;
    if (count === 0) return 0;
    let kept = count;
    if (batch.inPlace === true) {
      if (batch.dropped > 0) kept = listInPlace(parts, count);
    } else {
      const { columns } = received;
      received.columns = undefined;
      // Of the batch that was received last, with all lengths as they were, the list holds what to
      // send.
      const isWhole =
        columns !== undefined && columns.batch === batch && columns.haveLengthsReceived(count);
      if (!isWhole) kept = list(egress, parts, batch);
    }
    if (kept === 0) return 0;
    const sent = burst(kept);
    if (sent < kept) {
      freeBulk(address + sent * 8, kept - sent);
      egress.unsent += kept - sent;
    }
    egress.sent += sent;
    return sent;
  };
}

const segmentsHalf = mbuf.segments >> 1;
const dataLengthHalf = mbuf.dataLength >> 1;
const packetLengthWord = mbuf.packetLength >> 2;

/**
 * Lists the mbufs of frames to send, with the lengths that the batch says, and frees those of
 * dropped ones. A frame in several mbufs can be sent or dropped, but no other length can be given
 * to it: it is unsent.
 *
 * @returns how many are listed
 */
function listSendable(
  egress: PmdEgress,
  { received, dropped, freeBulk }: EgressParts,
  { offset, length, count }: Batch,
): number {
  const { frameAt, list, pool } = received;
  const { halves, words, baseLow } = pool;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const start = offset[i]! - frameAt;
    // The high half of a pointer is the same for the whole pool and stands there already.
    const pointer = (start + baseLow) | 0;
    const bytes = length[i]!;
    const changed = bytes !== halves[(start >>> 1) + dataLengthHalf];
    const inSeveral = changed && bytes !== 0 && halves[(start >>> 1) + segmentsHalf] !== 1;
    if (inSeveral) egress.unsent++;
    if (bytes === 0 || inSeveral) {
      dropped.words[(i - kept) << 1] = pointer;
      continue;
    }
    if (changed) {
      halves[(start >>> 1) + dataLengthHalf] = bytes;
      words[(start >>> 2) + packetLengthWord] = bytes;
    }
    list.words[kept++ << 1] = pointer;
  }
  if (kept < count) freeBulk(dropped.address, count - kept);
  return kept;
}

/**
 * Of a burst in place: closes the gaps that dropped frames leave in the list, and frees these.
 *
 * @returns how many are listed
 */
function listForwarded({ received, dropped, freeBulk }: EgressParts, count: number): number {
  const { words } = received.list;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    const pointer = words[i << 1]!;
    if ((pointer & droppedBit) === 0) words[kept++ << 1] = pointer;
    else dropped.words[(i - kept) << 1] = pointer ^ droppedBit;
  }
  freeBulk(dropped.address, count - kept);
  return kept;
}
