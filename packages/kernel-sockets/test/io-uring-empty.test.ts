/** The ports on an io_uring that is made up: what kernels do with the buffer of "nothing left". */
import { Batch } from "@iopath/contract";
import { errnoOf } from "@iopath/native";
import { afterEach, describe, expect, it } from "vitest";
import {
  completionWords,
  IORING_CQE_BUFFER_SHIFT,
  IORING_CQE_F_BUFFER,
  providedBuffer,
  submissionWords,
} from "../src/abi.ts";
import type { IoUring } from "../src/io-uring.ts";
import { ProvidedBuffers } from "../src/io-uring-buffers.ts";
import { entriesFor, IoUringEgress, IoUringIngress } from "../src/io-uring-ports.ts";

/** What the completion for EAGAIN does with the next buffer. */
type Empty = "takes it" | "names it" | "leaves it";
const frameBytes = 60;
const receiveOperations = 32;

/** A ring of words without a kernel. */
function newRing(entries: number, wordsEach: number) {
  const words = new Int32Array(entries * wordsEach);
  const ring = {
    words,
    mask: entries - 1,
    entriesAt: 0,
    own: 0,
    tail: 0,
    available: () => ring.tail - ring.own,
    consume: () => {},
    produce: () => {},
  };
  return ring;
}

/** Frames wait at its socket; each has its number in its first four bytes. */
class MadeUpKernel {
  readonly buffers: ProvidedBuffers;
  readonly submissions;
  readonly completions;
  readonly entries: Int32Array;
  /** Numbers of the frames that were sent. */
  readonly sent: number[] = [];
  waiting = 0;
  #next = 0;
  #taken = 0;
  #done = 0;
  readonly #empty: Empty;
  readonly #receivesFrom: number;

  constructor(burst: number, empty: Empty) {
    this.buffers = new ProvidedBuffers(2 ** Math.ceil(Math.log2(burst)));
    const entries = entriesFor(this.buffers.count, burst);
    this.submissions = newRing(entries, 1);
    this.completions = newRing(4 * entries, completionWords.words);
    this.entries = new Int32Array(entries * submissionWords.words);
    this.#receivesFrom = this.buffers.count;
    this.#empty = empty;
  }

  enter(count: number): number {
    for (; this.#done !== this.submissions.own; this.#done++) {
      const entry = this.submissions.words[this.#done & this.submissions.mask]!;
      if (entry >= this.#receivesFrom) this.#receive();
      else this.sent.push(this.#numberIn(entry));
    }
    return count;
  }

  #receive(): void {
    for (let i = 0; i <= receiveOperations; i++) {
      if (this.#offered() === 0) return void this.#complete(-errnoOf("ENOBUFS"), 0);
      const buffer = this.#taken & (this.buffers.count - 1);
      const named = IORING_CQE_F_BUFFER | (buffer << IORING_CQE_BUFFER_SHIFT);
      if (this.waiting === 0) {
        if (this.#empty === "takes it") this.#taken++;
        return void this.#complete(-errnoOf("EAGAIN"), this.#empty === "leaves it" ? 0 : named);
      }
      this.waiting--;
      this.#taken++;
      this.buffers.memory.view.setUint32(this.#placeOf(buffer), this.#next++, true);
      this.#complete(frameBytes, named);
    }
  }

  #complete(result: number, flags: number): void {
    const { words, mask } = this.completions;
    const at = (this.completions.tail++ & mask) * completionWords.words;
    words[at + completionWords.userData] = 0;
    words[at + completionWords.result] = result;
    words[at + completionWords.flags] = flags;
  }

  /** More than there are would be one that is offered twice. */
  #offered(): number {
    const tail = this.buffers.memory.view.getUint16(providedBuffer.ringTail, true);
    const offered = (tail - this.#taken) & 0xffff;
    expect(offered).toBeLessThanOrEqual(this.buffers.count);
    return offered;
  }

  #numberIn(buffer: number): number {
    return this.buffers.memory.view.getUint32(this.#placeOf(buffer), true);
  }

  #placeOf(buffer: number): number {
    return this.buffers.addressOf(buffer) - this.buffers.memory.address;
  }
}

let kernel: MadeUpKernel;
afterEach(() => kernel.buffers[Symbol.dispose]());

function forward(burst: number, empty: Empty, arrivals: readonly number[]): number[] {
  kernel = new MadeUpKernel(burst, empty);
  const ring = kernel as unknown as IoUring;
  const ingress = new IoUringIngress(ring, kernel.buffers, burst);
  const egress = new IoUringEgress(ring, kernel.buffers);
  const batch = new Batch(burst);
  for (const frames of arrivals) {
    kernel.waiting += frames;
    for (let polls = 0; polls < 4; polls++) {
      if (ingress.receive(batch) > 0) egress.transmit(batch);
    }
  }
  for (let polls = 0; kernel.sent.length < total(arrivals) && polls < 1000; polls++) {
    if (ingress.receive(batch) > 0) egress.transmit(batch);
  }
  return kernel.sent;
}

const total = (arrivals: readonly number[]) => arrivals.reduce((sum, frames) => sum + frames, 0);

describe.each(["takes it", "names it", "leaves it"] as const)("a completion that %s", (empty) => {
  it.each([
    [1, [0, 0, 1, 0, 3, 0, 0, 1]],
    [8, [0, 0, 0, 8, 0, 3, 9, 0, 20]],
    [64, [5, 0, 64, 0, 0, 1, 64, 64, 0, 200, 0, 64]],
    [64, Array.from({ length: 200 }, (_, i) => (i % 3 === 0 ? 40 : 0))],
  ])("has every frame go out once, in order, in bursts of %d", (burst, arrivals) => {
    const all = Array.from({ length: total(arrivals) }, (_, i) => i);
    expect(forward(burst, empty, arrivals)).toEqual(all);
  });
});
