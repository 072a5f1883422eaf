/**
 * The egress: frames in buffers of the arena leave as messages, one work request each. Where they
 * are written rather than sent, they go round the receiver's buffers: the ring is larger than all
 * that can be on the way, so that a buffer has been emptied when its turn comes again.
 */
import { type Egress, withOwnCode } from "@iopath/contract";
import {
  IBV_SEND_SIGNALED,
  IBV_WR_RDMA_WRITE_WITH_IMM,
  IBV_WR_SEND,
  ibvSendWr,
  ibvSge,
} from "./abi.ts";
import { type Arena, bufferBytes, bufferMask, type RemoteBuffers } from "./arena.ts";
import { Completions, completion } from "./completions.ts";
import type { VerbsDevice } from "./device.ts";
import { datagramKey, type Peer, type QueuePair, queueDepth } from "./queue-pair.ts";
import { WorkChain } from "./work-chain.ts";

/**
 * Sends are reclaimed when so many are out: a poll that finds many costs as much as one that finds
 * one.
 */
const reclaimAt = queueDepth / 2;
const ringMask = queueDepth - 1;
const idWord = ibvSendWr.id >> 2;
const flagsWord = ibvSendWr.flags >> 2;
const lengthWord = ibvSge.length >> 2;
const immediateWord = ibvSendWr.immediate >> 2;
const remoteWord = ibvSendWr.remoteAddress >> 2;

/** Where a send queue's messages go, and how. */
export interface Destination {
  readonly peer: Peer;
  /** Buffers of the receiver's to write to; without them messages are sent. */
  readonly target?: RemoteBuffers;
}

export class SendQueue implements Egress {
  sent = 0;
  unsent = 0;
  /** Sequence numbers: the oldest send that is out, and the next. */
  oldest = 0;
  next = 0;
  readonly device: VerbsDevice;
  readonly completions: Completions;
  readonly transmit: Egress["transmit"];
  /**
   * Takes back the buffers of sends that are complete. A provider may signal more than was asked
   * for.
   */
  readonly reclaim: () => void;

  constructor(pair: QueuePair, to: Destination, arena: Arena, resources: DisposableStack) {
    const { device } = pair;
    const { lkey } = arena.registrationWith(device);
    const { addressHigh } = arena;
    const call = device.postSend;
    const layout = { request: ibvSendWr, length: queueDepth, call, qp: pair.address };
    const chain = new WorkChain({ ...layout, lkey, addressHigh }, resources);
    writeDestination(chain, pair, to);
    this.device = device;
    this.completions = new Completions(pair, "send", queueDepth, resources);
    const { completions } = this;
    // The buffer of each send that is out, by sequence number modulo the depth.
    const inFlight = new Uint32Array(queueDepth);
    const parts = { queue: this, arena, inFlight, ringMask };
    this.reclaim = withOwnCode(makeReclaim)({ ...parts, completions, completion });
    const post = withOwnCode(makePost)({ ...parts, chain, flagsWord, signaled: IBV_SEND_SIGNALED });
    const { target } = to;
    this.transmit = withOwnCode(makeTransmit)({
      ...{ ...parts, chain, post, reclaim: this.reclaim, aim, target },
      ...{ idWord, lengthWord, bufferMask, reclaimAt, depth: queueDepth },
    });
  }
}

interface Parts {
  readonly queue: SendQueue;
  readonly arena: Arena;
  readonly inFlight: Uint32Array;
  readonly ringMask: number;
}

interface TransmitParts extends Parts {
  readonly chain: WorkChain;
  readonly post: (count: number) => number;
  readonly reclaim: () => void;
  readonly aim: typeof aim;
  readonly target: RemoteBuffers | undefined;
  readonly idWord: number;
  readonly lengthWord: number;
  readonly bufferMask: number;
  readonly reclaimAt: number;
  readonly depth: number;
}

function makeTransmit(parts: TransmitParts): Egress["transmit"] {
  const { queue, arena, inFlight, ringMask, chain, post, reclaim, aim, target } = parts;
  const { idWord, lengthWord, bufferMask, reclaimAt, depth } = parts;
  const { words, requestWords, firstSge, sgeWords } = chain;
  const { free, addressLow } = arena;
  return function transmit(batch) {
    const { offset, length, count } = batch;
    if (queue.next - queue.oldest + count > reclaimAt) reclaim();
    const { next } = queue;
    const room = depth - (next - queue.oldest);
    let described = 0;
    for (let i = 0; i < count; i++) {
      const at = offset[i]!;
      const bytes = length[i]!;
      const buffer = at & bufferMask;
      if (bytes === 0 || described === room) {
        free[arena.freeCount++] = buffer;
        if (bytes !== 0) queue.unsent++;
        continue;
      }
      const request = described * requestWords;
      const sge = firstSge + described * sgeWords;
      const sequence = (next + described) | 0;
      words[request + idWord] = sequence;
      words[sge] = (addressLow + at) | 0;
      words[sge + lengthWord] = bytes;
      inFlight[sequence & ringMask] = buffer;
      if (target !== undefined) aim(words, request, sequence, target);
      described++;
    }
    return described === 0 ? 0 : post(described);
  };
}

interface PostParts extends Parts {
  readonly chain: WorkChain;
  readonly flagsWord: number;
  readonly signaled: number;
}

/** The last send of a burst is signalled: when it is complete, so are those before it. */
function makePost(parts: PostParts): (count: number) => number {
  const { queue, arena, inFlight, ringMask, chain, flagsWord, signaled } = parts;
  const { words, requestWords } = chain;
  return function post(count) {
    const flags = (count - 1) * requestWords + flagsWord;
    words[flags] = signaled;
    const taken = chain.post(count);
    words[flags] = 0;
    for (let i = taken; i < count; i++) {
      arena.free[arena.freeCount++] = inFlight[(queue.next + i) & ringMask]!;
    }
    queue.next += taken;
    queue.sent += taken;
    queue.unsent += count - taken;
    return taken;
  };
}

interface ReclaimParts extends Parts {
  readonly completions: Completions;
  readonly completion: typeof completion;
}

function makeReclaim(parts: ReclaimParts): () => void {
  const { queue, arena, inFlight, ringMask, completions } = parts;
  const { words: stride, status, id } = parts.completion;
  const { words } = completions;
  const { free } = arena;
  return function reclaim() {
    const polled = completions.poll(completions.capacity);
    if (polled === 0) return;
    for (let i = 0; i < polled; i++) {
      if (words[i * stride + status] !== 0) completions.report(i);
    }
    const last = words[(polled - 1) * stride + id]!;
    const done = ((last - queue.oldest) | 0) + 1;
    for (let i = 0; i < done; i++)
      free[arena.freeCount++] = inFlight[(queue.oldest + i) & ringMask]!;
    queue.oldest += done;
  };
}

/** Writes where the message of this number goes: each to the buffer behind the one before. */
export function aim(
  words: Int32Array,
  request: number,
  sequence: number,
  target: RemoteBuffers,
): void {
  const buffer = sequence & (target.count - 1);
  words[request + immediateWord] = buffer;
  words[request + remoteWord] = (target.addressLow + buffer * bufferBytes) | 0;
}

/** What all messages of a queue have in common. */
export function writeDestination(
  chain: WorkChain,
  pair: QueuePair,
  { peer, target }: Destination,
): void {
  const { view } = chain.memory;
  const handle = pair.transport === "ud" ? pair.addressHandleOf(peer) : 0;
  const opcode = target ? IBV_WR_RDMA_WRITE_WITH_IMM : IBV_WR_SEND;
  for (let i = 0; i < chain.length; i++) {
    const at = i * ibvSendWr.bytes;
    view.setUint32(at + ibvSendWr.opcode, opcode, true);
    if (target) {
      view.setUint32(at + ibvSendWr.remoteAddress + 4, target.addressHigh, true);
      view.setUint32(at + ibvSendWr.rkey, target.rkey, true);
    }
    if (handle === 0) continue;
    chain.memory.setUint64(at + ibvSendWr.addressHandle, handle);
    view.setUint32(at + ibvSendWr.remoteQpn, peer.qpn, true);
    view.setUint32(at + ibvSendWr.remoteQkey, datagramKey, true);
  }
}
