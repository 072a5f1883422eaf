/**
 * What the processes of a team have in common: the map that the counting program writes, as memory of all
 * of them. A cache line a worker: its frames that came back, and how far it is; and one more for what all
 * may do next.
 */
import { BpfMap, bpf, type Memory } from "@iopath/native";

export const lineBytes = 64;
const lineWords = lineBytes >>> 2;
/** Words of a line: a 64-bit count, of which the lower half is read, and a phase. */
const countWord = 0;
const phaseWord = 2;

/** How far a worker is, and how far all may go. */
export const Phase = { opening: 0, ready: 1, sampled: 2, quiet: 3 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

const optionsOf = (workers: number) => ({
  type: bpf.BPF_MAP_TYPE_ARRAY,
  valueBytes: lineBytes * (workers + 1),
  entries: 1,
  name: "iopath_sink",
  flags: bpf.BPF_F_MMAPABLE,
});

export class Board implements Disposable {
  readonly map: BpfMap;
  readonly workers: number;
  readonly #values: Memory;
  readonly #resources = new DisposableStack();

  private constructor(map: BpfMap, workers: number) {
    using opening = new DisposableStack();
    this.map = opening.use(map);
    this.workers = workers;
    this.#values = opening.use(map.mapValues());
    this.#resources.use(opening.move());
  }

  static create(workers: number): Board {
    return new Board(new BpfMap(optionsOf(workers)), workers);
  }

  /** The board of another process, by its map's number. */
  static open(id: number, workers: number): Board {
    return new Board(BpfMap.open(id, optionsOf(workers)), workers);
  }

  /** Reads the frames of a worker that came back, modulo 2^32, as a signed number. */
  counterOf(worker: number): () => number {
    const words = this.#values.i32;
    const at = worker * lineWords + countWord;
    return () => Atomics.load(words, at);
  }

  /** Says that a worker has come to `phase`. */
  arrive(worker: number, phase: Phase): void {
    Atomics.store(this.#values.i32, worker * lineWords + phaseWord, phase);
  }

  hasArrived(worker: number, phase: Phase): boolean {
    return Atomics.load(this.#values.i32, worker * lineWords + phaseWord) >= phase;
  }

  haveAllArrived(phase: Phase): boolean {
    for (let worker = 0; worker < this.workers; worker++) {
      if (!this.hasArrived(worker, phase)) return false;
    }
    return true;
  }

  /** Lets all go on from `phase`. */
  release(phase: Phase): void {
    Atomics.store(this.#values.i32, this.workers * lineWords + phaseWord, phase);
  }

  isReleased(phase: Phase): boolean {
    return Atomics.load(this.#values.i32, this.workers * lineWords + phaseWord) >= phase;
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
