/**
 * The sink over own ports: looks at each frame that came as the program of counting-sink.ts does,
 * and bins how long it was on its way.
 */
import { type Batch, withOwnCode } from "@iopath/contract";
import type { Bins } from "../../bins.ts";
import type { FramePlan } from "../frame-plan.ts";
import { type Arrivals, seenFrames } from "../traffic.ts";
import { type FrameReader, readerOf } from "./frame-reader.ts";
import { LatencyBins } from "./latency-bins.ts";

/** Of the counts in their array: numbers there are no objects. */
const places = {
  forwarded: 0,
  duplicated: 1,
  reordered: 2,
  corrupted: 3,
  foreign: 4,
  stale: 5,
  maxNs: 6,
  /** The number after the highest that came. */
  next: 7,
  epoch: 8,
} as const;
const countsLength = 9;

export class ArrivalCheck {
  /** Looks at all frames of a batch, which came by now. */
  readonly check: (batch: Batch) => void;
  readonly #counts = new Float64Array(countsLength);
  readonly #bins = new LatencyBins();
  readonly #seen = new Int32Array(seenFrames);

  /** @param now where the clock's last look stands, in nanoseconds, as in the frames' stamps */
  constructor(plan: FramePlan, memory: Uint8Array, now: Float64Array) {
    this.check = withOwnCode(makeCheck)({
      ...readerOf(plan, memory),
      ...{ now, places, seen: this.#seen, counts: this.#counts, bin: this.#bins.add },
      bytesOfAll: plan.frameAt + plan.frameBytes,
    });
  }

  /** Forgets all, and takes frames of this trial from now on. */
  begin(epoch: number): void {
    this.#counts.fill(0);
    this.#bins.clear();
    this.#seen.fill(0);
    this.#counts[places.epoch] = epoch;
  }

  /** Whatever came. */
  arrived(): number {
    const { forwarded, duplicated, corrupted, foreign, stale } = this.arrivals();
    return forwarded + duplicated + corrupted + foreign + stale;
  }

  arrivals(): Arrivals {
    const read = (place: keyof typeof places) => this.#counts[places[place]]!;
    return {
      forwarded: read("forwarded"),
      duplicated: read("duplicated"),
      reordered: read("reordered"),
      corrupted: read("corrupted"),
      foreign: read("foreign"),
      stale: read("stale"),
      maxNs: read("maxNs"),
    };
  }

  bins(): Bins {
    return this.#bins.filled();
  }
}

interface CheckParts extends FrameReader {
  /** The clock's last look, nanoseconds. */
  readonly now: Float64Array;
  readonly counts: Float64Array;
  readonly places: typeof places;
  /** The number after that which came last, of all that end in the same bits. */
  readonly seen: Int32Array;
  readonly bytesOfAll: number;
  readonly bin: (latencyNs: number) => void;
}

/** Asks what the program of counting-sink.ts asks; of a whole frame, as nearly all are, little. */
function makeCheck(parts: CheckParts): ArrivalCheck["check"] {
  const { now, counts, places, seen, bytesOfAll, bin } = parts;
  const { isOurs, isWhole, epoch, number, timeLow, timeHigh } = parts;
  const seenMask = seen.length - 1;

  /** What is wrong with a frame that is not as all others. */
  function faultOf(frame: number, bytes: number): number {
    if (bytes < bytesOfAll || !isOurs(frame)) return places.foreign;
    return epoch(frame) === counts[places.epoch] ? places.corrupted : places.stale;
  }

  /** Puts its number among those that came; false where it did before. */
  function isNew(frame: number): boolean {
    const next = (number(frame) + 1) | 0;
    const place = (next - 1) & seenMask;
    if (seen[place] === next) return false;
    seen[place] = next;
    if (next >>> 0 > counts[places.next]!) counts[places.next] = next >>> 0;
    else counts[places.reordered]!++;
    return true;
  }

  return function check({ offset, length, count }) {
    const at = now[0]!;
    const expected = counts[places.epoch]!;
    let longest = counts[places.maxNs]!;
    let forwarded = 0;
    for (let i = 0; i < count; i++) {
      const frame = offset[i]! >>> 2;
      const bytes = length[i]!;
      if (bytes !== bytesOfAll || !isWhole(frame) || epoch(frame) !== expected) {
        counts[faultOf(frame, bytes)]!++;
        continue;
      }
      if (!isNew(frame)) {
        counts[places.duplicated]!++;
        continue;
      }
      const latencyNs = at - (timeHigh(frame) * 4294967296 + timeLow(frame));
      if (latencyNs > longest) longest = latencyNs;
      bin(latencyNs);
      forwarded++;
    }
    counts[places.maxNs] = longest;
    counts[places.forwarded]! += forwarded;
  };
}
