/** Lists of mbufs, as DPDK's burst functions take them. */
import { type Memory, mapFrames } from "@iopath/native";

/** An rte_mbuf*[] that both sides of a burst function read and write: two words per entry. */
export class MbufList implements Disposable {
  readonly address: number;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  readonly #memory: Memory;

  /** @param high the high half of every pointer, which is then never written again */
  constructor(capacity: number, high: number) {
    this.#memory = mapFrames(capacity * 8);
    this.address = this.#memory.address;
    this.words = this.#memory.i32;
    this.bytes = this.#memory.u8;
    for (let i = 0; i < capacity; i++) this.words[i * 2 + 1] = high;
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}
