/**
 * What the workers of a team have in common. A cache line a worker: its frames that came back, and
 * how far it is; and one more for what all may do next. Processes share it as the map that the
 * counting program writes, threads of one process as plain memory.
 */
import { BpfMap, bpf } from "@iopath/native";

export const lineBytes = 64;
const lineWords = lineBytes >>> 2;
/** Words of a line: a 64-bit count, of which the lower half is read, and a phase. */
const countWord = 0;
const phaseWord = 2;

/** How far a worker is, and how far all may go. */
export const Phase = { opening: 0, ready: 1, sampled: 2, quiet: 3 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

export const boardBytes = (workers: number) => lineBytes * (workers + 1);

const optionsOf = (workers: number) => ({
  type: bpf.BPF_MAP_TYPE_ARRAY,
  valueBytes: boardBytes(workers),
  entries: 1,
  name: "iopath_sink",
  flags: bpf.BPF_F_MMAPABLE,
});

export class Board {
  readonly workers: number;
  readonly #words: Int32Array;

  /** @param words of memory that all workers see, of `boardBytes` */
  constructor(words: Int32Array, workers: number) {
    this.#words = words;
    this.workers = workers;
  }

  /** Reads the frames of a worker that came back, modulo 2^32, as a signed number. */
  counterOf(worker: number): () => number {
    const words = this.#words;
    const at = worker * lineWords + countWord;
    return () => Atomics.load(words, at);
  }

  /** Says that a worker has come to `phase`. */
  arrive(worker: number, phase: Phase): void {
    Atomics.store(this.#words, worker * lineWords + phaseWord, phase);
  }

  hasArrived(worker: number, phase: Phase): boolean {
    return Atomics.load(this.#words, worker * lineWords + phaseWord) >= phase;
  }

  haveAllArrived(phase: Phase): boolean {
    for (let worker = 0; worker < this.workers; worker++) {
      if (!this.hasArrived(worker, phase)) return false;
    }
    return true;
  }

  /** Lets all go on from `phase`. */
  release(phase: Phase): void {
    Atomics.store(this.#words, this.workers * lineWords + phaseWord, phase);
  }

  isReleased(phase: Phase): boolean {
    return Atomics.load(this.#words, this.workers * lineWords + phaseWord) >= phase;
  }
}

/** A board of processes. */
export class MappedBoard extends Board implements Disposable {
  readonly map: BpfMap;
  readonly #resources: DisposableStack;

  private constructor(map: BpfMap, workers: number) {
    using opening = new DisposableStack();
    opening.use(map);
    super(opening.use(map.mapValues()).i32, workers);
    this.map = map;
    this.#resources = opening.move();
  }

  static create(workers: number): MappedBoard {
    return new MappedBoard(new BpfMap(optionsOf(workers)), workers);
  }

  /** That of another process, by its map's number. */
  static open(id: number, workers: number): MappedBoard {
    return new MappedBoard(BpfMap.open(id, optionsOf(workers)), workers);
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
