/**
 * Work requests laid out once as a chain that is posted again and again: a burst of n is the first
 * n of them, cut off behind the last, and one doorbell. The provider copies what it is given, so
 * the chain is free when the call returns. Only words that differ from burst to burst are written.
 */
import { ExitStatus, IopathError, withOwnCode } from "@iopath/contract";
import { errnoName, type Memory, mapAnonymous } from "@iopath/native";
import { type ibvReceiveWr, type ibvSendWr, ibvSge } from "./abi.ts";
import type { Post } from "./libibverbs.ts";

const fourGibibytes = 2 ** 32;

interface ChainLayout {
  /** ibvSendWr or ibvReceiveWr. */
  readonly request: typeof ibvSendWr | typeof ibvReceiveWr;
  readonly length: number;
  /** How they are posted, and to which queue pair. */
  readonly call: Post;
  readonly qp: number;
  readonly lkey: number;
  /** The upper half of every frame's address. */
  readonly addressHigh: number;
  /** Of each request: 1 when it is not said, 0 for receives without a buffer. */
  readonly sges?: 0 | 1;
}

export class WorkChain {
  readonly memory: Memory;
  readonly words: Int32Array;
  readonly length: number;
  /** Word indices: request i begins at i * requestWords, its SGE at firstSge + i * sgeWords. */
  readonly requestWords: number;
  readonly firstSge: number;
  readonly sgeWords = ibvSge.bytes >> 2;
  /**
   * Posts the first `count` requests; returns how many were taken, fewer when the queue is full or
   * has failed.
   */
  readonly post: (count: number) => number;
  readonly #layout: ChainLayout;
  readonly #badAt: number;

  constructor(layout: ChainLayout, resources: DisposableStack) {
    const { request, length, lkey, addressHigh, sges = 1 } = layout;
    const sgesAt = length * request.bytes;
    this.#layout = layout;
    this.#badAt = sgesAt + length * ibvSge.bytes;
    this.memory = resources.use(mapAnonymous(this.#badAt + 8));
    this.words = this.memory.i32;
    this.length = length;
    this.requestWords = request.bytes >> 2;
    this.firstSge = sgesAt >> 2;
    const { address } = this.memory;
    this.post = withOwnCode(makePost)({
      ...{ call: layout.call, qp: layout.qp, words: this.words },
      ...{ first: address, bad: address + this.#badAt },
      ...{ requestWords: this.requestWords, nextWord: request.next >> 2 },
      indexOfBad: () => this.#indexOfBad(),
    });
    for (let i = 0; i < length; i++) {
      const [at, sge] = [i * request.bytes, sgesAt + i * ibvSge.bytes];
      this.memory.setUint64(at + request.next, address + at + request.bytes);
      this.memory.setUint64(at + request.sges, address + sge);
      this.memory.view.setUint32(at + request.sgeCount, sges, true);
      this.memory.view.setUint32(sge + ibvSge.address + 4, addressHigh, true);
      this.memory.view.setUint32(sge + ibvSge.lkey, lkey, true);
    }
  }

  /** As `post`, for set-up, where a refusal is an error. */
  postOrThrow(count: number, what: string): void {
    const { memory } = this;
    const { call, qp, request } = this.#layout;
    const next = (count - 1) * request.bytes + request.next;
    const following = memory.getUint64(next);
    memory.setUint64(next, 0);
    const error = call(qp, memory.address, memory.address + this.#badAt);
    memory.setUint64(next, following);
    if (error === 0) return;
    throw new IopathError(ExitStatus.cannotRun, `post ${count} ${what}: ${errnoName(error)}`, {
      remedy: `the provider took ${this.#indexOfBad()} of them`,
    });
  }

  #indexOfBad(): number {
    const low = this.words[this.#badAt >> 2]! >>> 0;
    const distance = (low - (this.memory.address % fourGibibytes)) | 0;
    return Math.floor(distance / (this.requestWords << 2));
  }
}

interface PostParts {
  readonly call: Post;
  readonly qp: number;
  readonly words: Int32Array;
  /** Addresses of the first request, and of where that of a bad one is written to. */
  readonly first: number;
  readonly bad: number;
  readonly requestWords: number;
  readonly nextWord: number;
  readonly indexOfBad: () => number;
}

function makePost(parts: PostParts): (count: number) => number {
  const { call, qp, words, first, bad, requestWords, nextWord } = parts;
  return function post(count) {
    const next = (count - 1) * requestWords + nextWord;
    const low = words[next]!;
    const high = words[next + 1]!;
    words[next] = 0;
    words[next + 1] = 0;
    const error = call(qp, first, bad);
    words[next] = low;
    words[next + 1] = high;
    return error === 0 ? count : parts.indexOfBad();
  };
}
