/**
 * The egress: frames in buffers of the arena leave as messages, one work request each. Where they are
 * written rather than sent, they go round the receiver's buffers: the ring is larger than all that can
 * be on the way, so that a buffer has been emptied when its turn comes again.
 */
import type { Batch, Egress } from "@iopath/contract";
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
import type { Post } from "./libibverbs.ts";
import { datagramKey, type Peer, type QueuePair, queueDepth } from "./queue-pair.ts";
import { WorkChain } from "./work-chain.ts";

/** Sends are reclaimed when so many are out: a poll that finds many costs as much as one that finds one. */
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
  readonly device: VerbsDevice;
  readonly completions: Completions;
  readonly #arena: Arena;
  readonly #chain: WorkChain;
  readonly #postSend: Post;
  readonly #qp: number;
  readonly #target: RemoteBuffers | undefined;
  /** The buffer of each send that is out, by sequence number modulo the depth. */
  readonly #inFlight = new Uint32Array(queueDepth);
  /** Sequence numbers: the oldest send that is out, and the next. */
  #oldest = 0;
  #next = 0;

  constructor(pair: QueuePair, to: Destination, arena: Arena, resources: DisposableStack) {
    const { lkey } = arena.registrationWith(pair.device);
    this.device = pair.device;
    const { addressHigh } = arena;
    this.#arena = arena;
    this.#chain = new WorkChain(
      { request: ibvSendWr, length: queueDepth, lkey, addressHigh },
      resources,
    );
    this.completions = new Completions(pair, "send", queueDepth, resources);
    this.#postSend = pair.device.postSend;
    this.#qp = pair.address;
    this.#target = to.target;
    writeDestination(this.#chain, pair, to);
  }

  transmit(batch: Batch): number {
    const { offset, length, count } = batch;
    const arena = this.#arena;
    const { free } = arena;
    if (this.#next - this.#oldest + count > reclaimAt) this.reclaim();
    const room = queueDepth - (this.#next - this.#oldest);
    let described = 0;
    for (let i = 0; i < count; i++) {
      const bytes = length[i]!;
      if (bytes !== 0 && described < room) this.#describe(described++, offset[i]!, bytes);
      else {
        free[arena.freeCount++] = offset[i]! & bufferMask;
        if (bytes !== 0) this.unsent++;
      }
    }
    return described === 0 ? 0 : this.#post(described);
  }

  #describe(index: number, at: number, bytes: number): void {
    const { words, requestWords, firstSge, sgeWords } = this.#chain;
    const sequence = (this.#next + index) | 0;
    const sge = firstSge + index * sgeWords;
    words[index * requestWords + idWord] = sequence;
    words[sge] = (this.#arena.addressLow + at) | 0;
    words[sge + lengthWord] = bytes;
    this.#inFlight[sequence & ringMask] = at & bufferMask;
    if (this.#target !== undefined) aim(words, index * requestWords, sequence, this.#target);
  }

  /** The last send of a burst is signalled: when it is complete, so are those before it. */
  #post(count: number): number {
    const { words, requestWords } = this.#chain;
    const flags = (count - 1) * requestWords + flagsWord;
    words[flags] = IBV_SEND_SIGNALED;
    const taken = this.#chain.post(this.#postSend, this.#qp, count);
    words[flags] = 0;
    for (let i = taken; i < count; i++) {
      this.#arena.free[this.#arena.freeCount++] = this.#inFlight[(this.#next + i) & ringMask]!;
    }
    this.#next += taken;
    this.sent += taken;
    this.unsent += count - taken;
    return taken;
  }

  /** Takes back the buffers of sends that are complete. A provider may signal more than was asked for. */
  reclaim(): void {
    const { completions } = this;
    const { words } = completions;
    const polled = completions.poll(completions.capacity);
    if (polled === 0) return;
    for (let i = 0; i < polled; i++) {
      if (words[i * completion.words + completion.status] !== 0) completions.report(i);
    }
    const last = words[(polled - 1) * completion.words + completion.id]!;
    const done = ((last - this.#oldest) | 0) + 1;
    const arena = this.#arena;
    for (let i = 0; i < done; i++) {
      arena.free[arena.freeCount++] = this.#inFlight[(this.#oldest + i) & ringMask]!;
    }
    this.#oldest += done;
  }
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
