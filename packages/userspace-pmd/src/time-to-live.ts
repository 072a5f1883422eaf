/**
 * Keeps frames alive that go round and round in the same mbufs, their TTL one lower each time.
 *
 * The pool hands out what it was given last, so that a burst has the same mbufs as the one before
 * it, or some of them: those of the largest burst are all that are in use. Writing these anew now
 * and then costs a burst nearly nothing; the whole pool is written only when no burst as large has
 * come.
 */
import { internetChecksum } from "@iopath/contract";
import { frameAt } from "./abi.ts";
import type { MbufList, Pool } from "./pool.ts";

const timeToLiveAt = 22;
const checksumAt = 24;
const most = 255;
/** A burst takes one from the TTL of its frames at most, so that neither is too late for 255. */
const burstsBeforeRenewal = 200;
const burstsBeforeRenewalOfAll = 240;

/** The frame with the largest TTL that there is. */
export function longLived(frame: Uint8Array): Uint8Array {
  const copy = frame.slice();
  copy[timeToLiveAt] = most;
  copy.set([0, 0], checksumAt);
  const checksum = internetChecksum(copy.subarray(14, 34));
  copy.set([checksum >>> 8, checksum & 0xff], checksumAt);
  return copy;
}

export class TimeToLive {
  readonly #pool: Pool;
  readonly #timeToLiveWord: number;
  readonly #checksumWord: number;
  #bursts = 0;
  #largest = 0;

  /** @param frame what every mbuf of the pool holds, as `longLived` gave it */
  constructor(pool: Pool, frame: Uint8Array) {
    const header = new DataView(frame.buffer, frame.byteOffset);
    this.#pool = pool;
    this.#timeToLiveWord = header.getInt32(timeToLiveAt - 2, true);
    this.#checksumWord = header.getInt32(checksumAt, true);
  }

  /** Of each burst, before the workload sees it: the first `count` mbufs of the list. */
  count(list: MbufList, count: number): void {
    if (count > this.#largest) this.#largest = count;
    if (++this.#bursts >= burstsBeforeRenewal) this.#renew(list, count);
  }

  #renew(list: MbufList, count: number): void {
    if (count === this.#largest) {
      for (let i = 0; i < count; i++) this.#write(this.#pool.frameOffset(list, i));
    } else if (this.#bursts >= burstsBeforeRenewalOfAll) {
      for (const mbuf of this.#pool.mbufs()) this.#write(mbuf + frameAt);
    } else {
      return;
    }
    this.#bursts = 0;
  }

  #write(frame: number): void {
    const { words } = this.#pool;
    words[(frame + timeToLiveAt - 2) >>> 2] = this.#timeToLiveWord;
    words[(frame + checksumAt) >>> 2] = this.#checksumWord;
  }
}
