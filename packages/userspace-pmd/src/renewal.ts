/**
 * Keeps frames fit that go round and round in the same mbufs, each pass wearing them out a little,
 * as a router does their TTL.
 *
 * The pool hands out what it was given last, so that a burst has the same mbufs as the one before
 * it, or some of them: those of the largest burst are all that are in use. Writing these again now
 * and then costs a burst nearly nothing; the whole pool is written only when no burst as large has
 * come.
 */
import type { Wear } from "@iopath/contract";
import { frameAt } from "./abi.ts";
import type { MbufList } from "./mbuf-list.ts";
import type { Pool } from "./pool.ts";

/** A word of a frame that passes change, and its value in a fresh frame. */
interface WornWord {
  readonly at: number;
  readonly value: number;
}

export class Renewal {
  readonly #pool: Pool;
  /** Where the worn words lie in a frame, and their values: few, written in a plain loop. */
  readonly #at: Uint32Array;
  readonly #values: Int32Array;
  /** A burst is one pass of its frames at most, so that neither number comes too late. */
  readonly #burstsBefore: number;
  readonly #burstsBeforeAll: number;
  #bursts = 0;
  #largest = 0;

  /** @param frame what every mbuf of the pool holds: a fresh one */
  constructor(pool: Pool, frame: Uint8Array, wear: Wear) {
    this.#pool = pool;
    const worn = wornWords(frame, wear);
    this.#at = Uint32Array.from(worn, ({ at }) => at);
    this.#values = Int32Array.from(worn, ({ value }) => value);
    this.#burstsBefore = Math.floor(wear.passes.fresh * 0.8);
    this.#burstsBeforeAll = Math.floor(wear.passes.fresh * 0.95);
  }

  /**
   * Runs what runs rarely. V8 compiles code that has not run yet as code that never runs, and would
   * recompile it during the measurement.
   *
   * @param list that nobody uses at the time
   */
  rehearse(list: MbufList): void {
    const count = 4;
    if (!this.#pool.take(list, 0, count)) return;
    for (let i = 0; i < 20 * this.#burstsBefore; i++) this.count(list, count);
    this.#largest = 0;
    this.#bursts = 0;
    this.#pool.release(list, 0, count);
  }

  /** Of each burst, before the workload sees it: the first `count` mbufs of the list. */
  count(list: MbufList, count: number): void {
    if (count > this.#largest) this.#largest = count;
    if (++this.#bursts >= this.#burstsBefore) this.#renew(list, count);
  }

  #renew(list: MbufList, count: number): void {
    if (count === this.#largest) {
      for (let i = 0; i < count; i++) this.#write(this.#pool.frameOffset(list, i));
    } else if (this.#bursts >= this.#burstsBeforeAll) {
      for (const mbuf of this.#pool.mbufs()) this.#write(mbuf + frameAt);
    } else {
      return;
    }
    this.#bursts = 0;
  }

  #write(frame: number): void {
    const { words } = this.#pool;
    const at = this.#at;
    const values = this.#values;
    for (let i = 0; i < at.length; i++) words[(frame >>> 2) + at[i]!] = values[i]!;
  }
}

/** What passes change, as it is in `frame`. */
export function wornWords(frame: Uint8Array, { words }: Wear): WornWord[] {
  const view = new DataView(frame.buffer, frame.byteOffset);
  return words.map((at) => ({ at, value: view.getInt32(at * 4, true) }));
}
