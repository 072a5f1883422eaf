/**
 * Flows: what tells a tester's frames apart for a receive-side hash, a route lookup or a socket
 * lookup. The contract's flow.ts says which addresses and ports a flow has, the workload where they
 * lie in its frames.
 *
 * A prepared frame goes from one flow to another by some stores of a half word, the same for any
 * number of flows: a table of 65536 prepared frames would measure the tester's cache instead. The
 * checksum stays what it is, since a field takes up what the others add to the sum; that of the UDP
 * envelope is updated by the words that differ (RFC 1624).
 */
import {
  type FlowFields,
  firstDestinationPort,
  firstSourcePort,
  flowHostsMax,
  internetChecksum,
  type MeasuringFrames,
} from "@iopath/contract";
import { writeUdpChecksum } from "./udp-checksum.ts";

/** Where fields of the UDP envelope lie, in half words: Ethernet, IPv4 and UDP headers. */
const envelopeIdentification = 18 >>> 1;
const envelopeSourceHost = 28 >>> 1;
const envelopeSourcePort = 34 >>> 1;
const envelopeChecksum = 40 >>> 1;

/** Flows from `first` on. */
export interface FlowRange {
  readonly first: number;
  readonly flows: number;
}

/** The part of `flows` that a worker of a team sends: as many as the others, and one at least. */
export function flowsOfWorker(flows: number, worker: number, workers: number): FlowRange {
  const share = Math.max(1, Math.floor(flows / workers));
  return { first: worker * share, flows: share };
}

/**
 * The fast form of `flowAddresses`: makes each frame one of the next flow of `range`, and returns
 * the flow after the last.
 *
 * @param halves the memory that the frames are in
 * @param at where each frame begins, in half words
 * @param next the flow of the first frame
 * @param envelope half words of the UDP envelope around each frame; 0 for none
 * @param fields where the workload's frames have what differs
 */
export function varyFlows(
  halves: Uint16Array,
  at: Uint32Array,
  next: number,
  { first, flows }: FlowRange,
  envelope: number,
  fields: FlowFields,
): number {
  const balance = fields.balance.at >>> 1;
  const balancesAll = fields.balance.of === "all";
  const sourceHost = fields.sourceHost >>> 1;
  const destinationHost = fields.destinationHost >>> 1;
  const sourcePort = fields.sourcePort >>> 1;
  const destinationPort = fields.destinationPort >>> 1;
  const flowNumber = fields.number >>> 1;
  const end = first + flows;
  let flow = next;
  for (let i = 0; i < at.length; i++) {
    const outer = at[i]!;
    const inner = outer + envelope;
    const host = flow < flowHostsMax ? flow + 1 : flow + 1 - flowHostsMax;
    const hostBigEndian = swapBytes(host);
    const port = swapBytes(firstSourcePort + (flow & 0x3fff));
    const destination = swapBytes(firstDestinationPort + (flow >>> 8));
    if (envelope > 0) {
      let before = halves[outer + envelopeSourceHost]! + halves[outer + envelopeSourcePort]!;
      let after = hostBigEndian + port;
      if (!balancesAll) {
        before +=
          halves[inner + sourcePort]! +
          halves[inner + destinationPort]! +
          halves[inner + flowNumber]!;
        after += port + destination + flow;
      }
      halves[outer + envelopeChecksum] = updated(halves[outer + envelopeChecksum]!, before, after);
      halves[outer + envelopeIdentification] = 0xffff - hostBigEndian;
      halves[outer + envelopeSourceHost] = hostBigEndian;
      halves[outer + envelopeSourcePort] = port;
    }
    const sum = host + hostBigEndian + (balancesAll ? port + destination + flow : 0);
    const half = (sum & 0xffff) + (sum >>> 16);
    halves[inner + balance] = 0xffff - ((half & 0xffff) + (half >>> 16));
    halves[inner + sourceHost] = hostBigEndian;
    halves[inner + destinationHost] = host;
    halves[inner + sourcePort] = port;
    halves[inner + destinationPort] = destination;
    halves[inner + flowNumber] = flow;
    flow++;
    if (flow === end) flow = first;
  }
  return flow;
}

/**
 * A UDP checksum after words that summed up to `before` were replaced by ones that sum up to
 * `after`, RFC 1624 equation 3; the sum of half words is independent of byte order, and a checksum
 * is never 0.
 */
function updated(checksum: number, before: number, after: number): number {
  // 5 * 0xffff is a zero of this arithmetic, and keeps the difference of up to five words above 0.
  let sum = (~checksum & 0xffff) + 5 * 0xffff - before + after;
  sum = (sum & 0xffff) + (sum >>> 16);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff || 0xffff;
}

/** Makes frames of flow 0 ready for `varyFlows`: with checksums that hold for every flow. */
export function prepareFlows(
  memory: Uint8Array,
  halves: Uint16Array,
  at: Uint32Array,
  envelope: number,
  { flowFields, writeChecksum }: MeasuringFrames,
): void {
  varyFlows(halves, at, 0, { first: 0, flows: 1 }, envelope, flowFields);
  for (const outer of at) {
    writeChecksum(memory.subarray((outer + envelope) * 2));
    if (envelope === 0) continue;
    writeHeaderChecksum(memory, outer * 2);
    writeUdpChecksum(memory.subarray(outer * 2));
  }
}

/** Of the envelope. */
function writeHeaderChecksum(memory: Uint8Array, frameAt: number): void {
  const header = memory.subarray(frameAt + 14, frameAt + 34);
  header[10] = 0;
  header[11] = 0;
  const checksum = internetChecksum(header);
  header[10] = checksum >> 8;
  header[11] = checksum & 0xff;
}

function swapBytes(half: number): number {
  return ((half & 0xff) << 8) | (half >>> 8);
}
