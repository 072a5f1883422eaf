/** Sends the same window again and again: its chain of work requests is written once. */
import { IBV_SEND_SIGNALED, ibvSendWr, ibvSge } from "./abi.ts";
import type { Arena, RemoteBuffers } from "./arena.ts";
import { Completions, completion } from "./completions.ts";
import { type QueuePair, queueDepth } from "./queue-pair.ts";
import { aim, type Destination, writeDestination } from "./send-queue.ts";
import { WorkChain } from "./work-chain.ts";

export class WindowSender {
  readonly completions: Completions;
  readonly #chain: WorkChain;
  readonly #window: number;
  readonly #target: RemoteBuffers | undefined;
  /** Counts modulo 2^32 of frames posted and of those known to be sent. */
  #posted = 0;
  #done = 0;

  constructor(
    pair: QueuePair,
    to: Destination,
    arena: Arena,
    window: readonly Uint8Array[],
    resources: DisposableStack,
  ) {
    const { lkey } = arena.registrationWith(pair.device);
    const call = pair.device.postSend;
    const layout = { request: ibvSendWr, length: window.length, call, qp: pair.address, lkey };
    this.#chain = new WorkChain({ ...layout, addressHigh: arena.addressHigh }, resources);
    this.completions = new Completions(pair, "send", queueDepth, resources);
    this.#window = window.length;
    this.#target = to.target;
    writeDestination(this.#chain, pair, to);
    const { words, requestWords, firstSge, sgeWords } = this.#chain;
    for (const [i, frame] of window.entries()) {
      const buffer = arena.free[--arena.freeCount]!;
      arena.memory.u8.set(frame, buffer);
      words[firstSge + i * sgeWords] = (arena.addressLow + buffer) | 0;
      words[firstSge + i * sgeWords + (ibvSge.length >> 2)] = frame.length;
    }
    words[(window.length - 1) * requestWords + (ibvSendWr.flags >> 2)] = IBV_SEND_SIGNALED;
  }

  /** Returns how many frames were taken. */
  send(): number {
    const window = this.#window;
    if (((this.#posted - this.#done) | 0) + window > queueDepth) this.#reclaim();
    const { words, requestWords } = this.#chain;
    // A request has the count of frames up to it as its number.
    for (let i = 0; i < window; i++) words[i * requestWords] = (this.#posted + i + 1) | 0;
    const target = this.#target;
    for (let i = 0; target !== undefined && i < window; i++) {
      aim(words, i * requestWords, this.#posted + i, target);
    }
    const taken = this.#chain.post(window);
    this.#posted = (this.#posted + taken) | 0;
    return taken;
  }

  #reclaim(): void {
    const { completions } = this;
    const polled = completions.poll(completions.capacity);
    if (polled === 0) return;
    const { words } = completions;
    for (let i = 0; i < polled; i++) {
      if (words[i * completion.words + completion.status] !== 0) completions.report(i);
    }
    this.#done = words[(polled - 1) * completion.words + completion.id]!;
  }
}
