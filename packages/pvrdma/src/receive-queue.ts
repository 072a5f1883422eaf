/**
 * The ingress: messages that came to a queue pair, one frame each, in buffers of the arena. A
 * message that was sent lies in the buffer of the receive that it met; one that was written lies
 * where its sender chose, and only its completion, with the buffer's number as immediate data, says
 * so.
 */
import { type Ingress, withOwnCode } from "@iopath/contract";
import { grhBytes, ibvReceiveWr, ibvSge } from "./abi.ts";
import { type Arena, bufferBytes } from "./arena.ts";
import { Completions, completion } from "./completions.ts";
import type { VerbsDevice } from "./device.ts";
import { type Operation, type QueuePair, queueDepth } from "./queue-pair.ts";
import { WorkChain } from "./work-chain.ts";

/** Receives are posted again so many at a time: a doorbell each time, and far from a dry queue. */
const replenishAt = 64;

export class ReceiveQueue implements Ingress {
  received = 0;
  /** Receives that are out. */
  posted = 0;
  readonly device: VerbsDevice;
  readonly completions: Completions;
  readonly receive: Ingress["receive"];

  /** @param pair in INIT or later; its receive queue is filled here */
  constructor(pair: QueuePair, arena: Arena, operation: Operation, resources: DisposableStack) {
    const { device } = pair;
    const { lkey } = arena.registrationWith(device);
    const written = operation === "write-imm";
    const layout = {
      request: ibvReceiveWr,
      length: queueDepth,
      lkey,
      sges: written ? 0 : 1,
    } as const;
    const { addressHigh } = arena;
    const to = { call: device.postReceive, qp: pair.address };
    const chain = new WorkChain({ ...layout, ...to, addressHigh }, resources);
    this.device = device;
    this.completions = new Completions(pair, "receive", queueDepth, resources);
    const parts = { queue: this, arena, chain, depth: queueDepth };
    this.receive = withOwnCode(makeReceive)({
      ...parts,
      ...{ completions: this.completions, completion, written },
      header: pair.transport === "ud" ? grhBytes : 0,
      bufferShift: Math.log2(bufferBytes),
      replenishBelow: queueDepth - replenishAt,
      replenish: withOwnCode(written ? makeReplenishBare : makeReplenish)(parts),
    });
    this.#fill(chain, arena, written);
  }

  #fill(chain: WorkChain, arena: Arena, written: boolean): void {
    const { words, requestWords, firstSge, sgeWords } = chain;
    // Where the sender chooses the buffers, none are for anyone else.
    if (written) arena.freeCount = 0;
    for (let i = 0; i < queueDepth && !written; i++) {
      const buffer = arena.free[--arena.freeCount]!;
      words[i * requestWords] = buffer;
      words[firstSge + i * sgeWords] = (arena.addressLow + buffer) | 0;
      words[firstSge + i * sgeWords + (ibvSge.length >> 2)] = bufferBytes;
    }
    chain.postOrThrow(queueDepth, "receives");
    this.posted = queueDepth;
  }
}

interface Replenished {
  readonly queue: Pick<ReceiveQueue, "posted">;
  readonly arena: Arena;
  readonly chain: WorkChain;
  readonly depth: number;
}

/** As many as there are buffers for; a queue in error takes none. */
function makeReplenish({ queue, arena, chain, depth }: Replenished): () => void {
  const { free, addressLow } = arena;
  const { words, requestWords, firstSge, sgeWords } = chain;
  return function replenish() {
    const missing = depth - queue.posted;
    const count = Math.min(missing, arena.freeCount);
    if (count === 0) return;
    const first = arena.freeCount - count;
    for (let i = 0; i < count; i++) {
      const buffer = free[first + i]!;
      words[i * requestWords] = buffer;
      words[firstSge + i * sgeWords] = (addressLow + buffer) | 0;
    }
    const taken = chain.post(count);
    queue.posted += taken;
    arena.freeCount = first;
    for (let i = taken; i < count; i++) free[arena.freeCount++] = words[i * requestWords]!;
  };
}

/** Receives that only count; buffers that were given back are their sender's again. */
function makeReplenishBare({ queue, arena, chain, depth }: Replenished): () => void {
  return function replenish() {
    arena.freeCount = 0;
    queue.posted += chain.post(depth - queue.posted);
  };
}

interface ReceiveParts extends Replenished {
  readonly queue: ReceiveQueue;
  readonly completions: Completions;
  readonly completion: typeof completion;
  /** Whether its sender chose the buffer. */
  readonly written: boolean;
  /** A datagram has its route header before it. */
  readonly header: number;
  readonly bufferShift: number;
  readonly replenishBelow: number;
  readonly replenish: () => void;
}

function makeReceive(parts: ReceiveParts): Ingress["receive"] {
  const { queue, arena, completions, completion, written, header, bufferShift } = parts;
  const { replenishBelow, replenish, depth } = parts;
  const { words } = completions;
  const { words: stride, status, byteLength } = completion;
  const bufferWord = written ? completion.immediate : completion.id;
  const shift = written ? bufferShift : 0;
  return function receive(batch) {
    const { offset, length, capacity } = batch;
    const polled = completions.poll(Math.min(capacity, depth));
    let count = 0;
    for (let i = 0; i < polled; i++) {
      const at = i * stride;
      const buffer = words[at + bufferWord]! << shift;
      if (words[at + status] !== 0) {
        completions.report(i);
        if (!written) arena.free[arena.freeCount++] = buffer;
        continue;
      }
      offset[count] = buffer + header;
      length[count] = words[at + byteLength]! - header;
      count++;
    }
    batch.count = count;
    if (polled === 0) return 0;
    queue.received += count;
    queue.posted -= polled;
    if (queue.posted <= replenishBelow) replenish();
    return count;
  };
}
