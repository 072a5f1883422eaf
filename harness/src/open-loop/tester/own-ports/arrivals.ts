/**
 * The sink over own ports: looks at each frame that came as the program of counting-sink.ts does,
 * and bins how long it was on its way.
 */
import { type Batch, withOwnCode } from "@iopath/contract";
import type { Bins } from "../../bins.ts";
import type { FramePlan } from "../frame-plan.ts";
import { type Arrivals, seenFrames } from "../traffic.ts";
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
    const { mark, stamps, frameAt, frameBytes } = plan;
    const halves = new Uint16Array(memory.buffer, memory.byteOffset, memory.byteLength >>> 1);
    const at = {
      mark: mark.at >>> 1,
      epoch: stamps.epoch >>> 1,
      sequence: stamps.sequence >>> 1,
      time: stamps.time >>> 1,
    };
    const isWhole = withOwnCode(makeComparison)(halves, ...constantsOf(plan));
    this.check = withOwnCode(makeCheck)({
      ...{ halves, now, at, isWhole, seen: this.#seen, counts: this.#counts, places },
      ...{ bytesOfAll: frameAt + frameBytes, mark: mark.value, bin: this.#bins.add },
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

/** Half words of a forwarded frame that are the same in all, by where they stand. */
function constantsOf({ constants }: FramePlan): [at: Uint32Array, values: Uint16Array] {
  const halves = constants.flatMap(({ at, size, value }) =>
    size === "u16"
      ? [{ at, value }]
      : [
          { at, value: value & 0xffff },
          { at: at + 2, value: value >>> 16 },
        ],
  );
  return [
    Uint32Array.from(halves, ({ at }) => at >>> 1),
    Uint16Array.from(halves, ({ value }) => value),
  ];
}

/** Whether the frame at a half word has all of them. */
function makeComparison(halves: Uint16Array, at: Uint32Array, values: Uint16Array) {
  const { length } = values;
  return function isWhole(frame: number): boolean {
    let different = 0;
    for (let i = 0; i < length; i++) different |= halves[frame + at[i]!]! ^ values[i]!;
    return different === 0;
  };
}

interface CheckParts {
  /** Of the memory; a workload of a user's own may have its stamps at any even place. */
  readonly halves: Uint16Array;
  /** The clock's last look, nanoseconds. */
  readonly now: Float64Array;
  readonly counts: Float64Array;
  readonly places: typeof places;
  /** The number after that which came last, of all that end in the same bits. */
  readonly seen: Int32Array;
  readonly bytesOfAll: number;
  readonly mark: number;
  /** Half words from the beginning of a frame. */
  readonly at: Readonly<Record<"mark" | "epoch" | "sequence" | "time", number>>;
  readonly isWhole: (frame: number) => boolean;
  readonly bin: (latencyNs: number) => void;
}

/** @see counting-sink.ts, whose order of questions this is */
function makeCheck(parts: CheckParts): ArrivalCheck["check"] {
  const { halves, now, counts, places, seen, bytesOfAll, at, isWhole, bin } = parts;
  const [markLow, markHigh] = [parts.mark & 0xffff, parts.mark >>> 16];
  const seenMask = seen.length - 1;

  function isOurs(frame: number, bytes: number): boolean {
    if (bytes < bytesOfAll) return false;
    return halves[frame + at.mark] === markLow && halves[frame + at.mark + 1] === markHigh;
  }

  function look(frame: number, bytes: number): number {
    if (!isOurs(frame, bytes)) return places.foreign;
    if (halves[frame + at.epoch] !== counts[places.epoch]) return places.stale;
    if (bytes !== bytesOfAll || !isWhole(frame)) return places.corrupted;
    const numbered = frame + at.sequence;
    const number = halves[numbered]! | (halves[numbered + 1]! << 16);
    const next = (number + 1) | 0;
    if (seen[number & seenMask] === next) return places.duplicated;
    seen[number & seenMask] = next;
    if (next >>> 0 > counts[places.next]!) counts[places.next] = next >>> 0;
    else counts[places.reordered]!++;
    const timed = frame + at.time;
    const low = halves[timed]! + halves[timed + 1]! * 65536;
    const high = halves[timed + 2]! + halves[timed + 3]! * 65536;
    const latencyNs = now[0]! - (low + high * 4294967296);
    if (latencyNs > counts[places.maxNs]!) counts[places.maxNs] = latencyNs;
    bin(latencyNs);
    return places.forwarded;
  }

  return function check({ offset, length, count }) {
    for (let i = 0; i < count; i++) counts[look(offset[i]! >>> 1, length[i]!)]!++;
  };
}
