/**
 * The ingress: messages that came to a queue pair, one frame each, in buffers of the arena. A message that
 * was sent lies in the buffer of the receive that it met; one that was written lies where its sender chose,
 * and only its completion, with the buffer's number as immediate data, says so.
 */
import type { Batch, Ingress } from "@iopath/contract";
import { grhBytes, ibvReceiveWr, ibvSge } from "./abi.ts";
import { type Arena, bufferBytes } from "./arena.ts";
import { Completions, completion } from "./completions.ts";
import type { VerbsDevice } from "./device.ts";
import type { Post } from "./libibverbs.ts";
import { type Operation, type QueuePair, queueDepth } from "./queue-pair.ts";
import { WorkChain } from "./work-chain.ts";

/** Receives are posted again so many at a time: a doorbell each time, and far from a dry queue. */
const replenishAt = 64;

export class ReceiveQueue implements Ingress {
  received = 0;
  readonly device: VerbsDevice;
  readonly completions: Completions;
  readonly #arena: Arena;
  readonly #chain: WorkChain;
  readonly #postReceive: Post;
  readonly #qp: number;
  /** A datagram has its route header before it. */
  readonly #headerBytes: number;
  readonly #written: boolean;
  #posted = 0;

  /** @param pair in INIT or later; its receive queue is filled here */
  constructor(pair: QueuePair, arena: Arena, operation: Operation, resources: DisposableStack) {
    const { lkey } = arena.registrationWith(pair.device);
    this.device = pair.device;
    const { addressHigh } = arena;
    this.#arena = arena;
    this.#written = operation === "write-imm";
    const layout = { request: ibvReceiveWr, length: queueDepth, lkey, addressHigh };
    this.#chain = new WorkChain({ ...layout, sges: this.#written ? 0 : 1 }, resources);
    this.completions = new Completions(pair, "receive", queueDepth, resources);
    this.#postReceive = pair.device.postReceive;
    this.#qp = pair.address;
    this.#headerBytes = pair.transport === "ud" ? grhBytes : 0;
    const { words, firstSge, sgeWords } = this.#chain;
    // Where the sender chooses the buffers, none are for anyone else.
    if (this.#written) arena.freeCount = 0;
    for (let i = 0; i < queueDepth && !this.#written; i++) {
      words[firstSge + i * sgeWords + (ibvSge.length >> 2)] = bufferBytes;
      this.#describe(i, arena.free[--arena.freeCount]!);
    }
    this.#chain.postOrThrow(this.#postReceive, this.#qp, queueDepth, "receives");
    this.#posted = queueDepth;
  }

  receive(batch: Batch): number {
    const { completions } = this;
    const { words } = completions;
    const { offset, length, capacity } = batch;
    const header = this.#headerBytes;
    const polled = completions.poll(Math.min(capacity, queueDepth));
    const written = this.#written;
    let count = 0;
    for (let i = 0; i < polled; i++) {
      const at = i * completion.words;
      const buffer = written
        ? words[at + completion.immediate]! * bufferBytes
        : words[at + completion.id]!;
      if (words[at + completion.status] !== 0) {
        completions.report(i);
        if (!written) this.#arena.free[this.#arena.freeCount++] = buffer;
        continue;
      }
      offset[count] = buffer + header;
      length[count] = words[at + completion.byteLength]! - header;
      count++;
    }
    batch.count = count;
    if (polled === 0) return 0;
    this.received += count;
    this.#posted -= polled;
    if (queueDepth - this.#posted < replenishAt) return count;
    if (written) this.#replenishBare();
    else this.#replenish();
    return count;
  }

  /** As many as there are buffers for; a queue in error takes none. */
  #replenish(): void {
    const arena = this.#arena;
    const count = Math.min(queueDepth - this.#posted, arena.freeCount);
    if (count === 0) return;
    const first = arena.freeCount - count;
    for (let i = 0; i < count; i++) this.#describe(i, arena.free[first + i]!);
    const taken = this.#chain.post(this.#postReceive, this.#qp, count);
    this.#posted += taken;
    arena.freeCount = first;
    for (let i = taken; i < count; i++) {
      arena.free[arena.freeCount++] = this.#chain.words[i * this.#chain.requestWords]!;
    }
  }

  /** Receives that only count; buffers that were given back are their sender's again. */
  #replenishBare(): void {
    this.#arena.freeCount = 0;
    this.#posted += this.#chain.post(this.#postReceive, this.#qp, queueDepth - this.#posted);
  }

  #describe(index: number, buffer: number): void {
    const { words, requestWords, firstSge, sgeWords } = this.#chain;
    words[index * requestWords] = buffer;
    words[firstSge + index * sgeWords] = (this.#arena.addressLow + buffer) | 0;
  }
}
