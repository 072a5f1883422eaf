/** What a stretch of code allocates and compiles, as V8 counts it. */
import { getHeapCodeStatistics, getHeapStatistics } from "node:v8";

/** Bytes that a function allocates on the heap of this thread, call by call. */
export class AllocationWatch {
  /** Bytes per frame, one for each call that moved frames. */
  readonly #perFrame: number[] = [];

  /**
   * A reading allocates too, more or less as V8 has compiled it by now. So two readings with
   * nothing between them come first, and what they allocated is taken off.
   *
   * @param step returns how many frames it moved; calls that move none are not judged
   */
  over(step: () => number): number {
    const first = heapBytes();
    const before = heapBytes();
    const frames = step();
    const after = heapBytes();
    if (frames > 0) this.#perFrame.push((after - before - (before - first)) / frames);
    return frames;
  }

  /** The median, which no garbage collection moves and no compiler at work beside the code. */
  bytesPerFrame(): number {
    return this.#perFrame.length === 0 ? 0 : median(this.#perFrame);
  }
}

/** Bytes of code that functions were compiled to since the watch was made. */
export class CompilationWatch {
  #seen = bytecodeBytes();
  #compiled = 0;

  /**
   * To be called often enough that no collection takes away what was compiled since the last call.
   * What the optimizing compiler makes is not counted: it is made once, however many frames come.
   */
  look(): void {
    const now = bytecodeBytes();
    if (now > this.#seen) this.#compiled += now - this.#seen;
    this.#seen = now;
  }

  get bytes(): number {
    return this.#compiled;
  }
}

function heapBytes(): number {
  return getHeapStatistics().used_heap_size;
}

function bytecodeBytes(): number {
  return getHeapCodeStatistics().bytecode_and_metadata_size;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1]!;
}
