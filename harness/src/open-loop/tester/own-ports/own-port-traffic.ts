/**
 * Generator and sink over the far ends of a path's own ports, in user space and in one loop on one
 * CPU: it takes what came, looks at the clock, and sends what is due.
 */
import { Batch, Deadline, type FarEnds, withOwnCode } from "@iopath/contract";
import type { Bins } from "../../bins.ts";
import type { FramePlan } from "../frame-plan.ts";
import { paceOf } from "../pacing.ts";
import type { Arrivals, PacedOrder, Sending, Traffic } from "../traffic.ts";
import { ArrivalCheck } from "./arrivals.ts";
import { Pacer } from "./pacer.ts";

/** A clock whose last look stands in an array, in nanoseconds. */
interface Clock {
  readonly now: Float64Array;
  look(): void;
}

/** Frames that are sent, and frames that are received, by one call into the port. */
export const farBurst = 64;
/** What is on its way when the last frame was sent comes within this, or later looks find it. */
const drainQuietMs = 10;
const drainLimitMs = 100;

/** Of no trial: their numbers begin with 1. */
const rehearsalEpoch = 0;
const rehearsalS = 0.06;
/** Of the rates, some frames per look and some looks per frame; and no pause. */
const rehearsedRates = [100_000, undefined, 1000, 2_000_000, 10_000, undefined] as const;

interface OwnPortOptions {
  readonly plan: FramePlan;
  readonly ends: FarEnds;
  readonly clock: Clock;
  /** At the clock before each frame: they make the generator slower. */
  readonly needlessLooks: number;
}

export class OwnPortTraffic implements Traffic {
  readonly #check: ArrivalCheck;
  readonly #pacer: Pacer;
  readonly #batch = new Batch(farBurst);
  readonly #stamps: Stamps;
  readonly #loop: Loop;
  readonly #ends: FarEnds;
  readonly #clock: Clock;
  readonly #resources: Disposable | undefined;

  /** @param resources what goes with it: ends and clock, where they are nobody else's */
  constructor({ plan, ends, clock, needlessLooks }: OwnPortOptions, resources?: Disposable) {
    this.#resources = resources;
    this.#ends = ends;
    this.#clock = clock;
    this.#check = new ArrivalCheck(plan, ends.memory, clock.now);
    this.#pacer = new Pacer(clock.now, farBurst);
    putFrames(plan, ends);
    const { memory } = ends;
    const halves = new Uint16Array(memory.buffer, memory.byteOffset, memory.byteLength >>> 1);
    this.#stamps = withOwnCode(makeStamps)({
      ...{ halves, outgoing: ends.outgoing, now: clock.now },
      ...{ sequenceAt: plan.stamps.sequence, timeAt: plan.stamps.time, epochAt: plan.stamps.epoch },
    });
    const { check } = this.#check;
    const [pacer, stamps, batch] = [this.#pacer, this.#stamps, this.#batch];
    this.#loop = withOwnCode(makeLoop)({
      ...{ pacer, stamps, check, ends, clock, batch, needlessLooks },
    });
  }

  /**
   * Sends as in trials, for nothing. V8 compiles the loop for what it has seen of it; a first trial
   * at another rate would end what was compiled, and stand still for milliseconds.
   */
  rehearse(): void {
    for (const rate of rehearsedRates) {
      this.send({ epoch: rehearsalEpoch, rate, seconds: rehearsalS, promptly: false });
    }
  }

  send({ epoch, rate, seconds }: PacedOrder): Sending {
    const pacer = this.#pacer;
    this.#takeAll();
    this.#check.begin(epoch);
    this.#stamps.begin(epoch);
    pacer.begin(paceOf(rate, seconds));
    const refused = this.#loop();
    const { offered, firstAtNs, lastAtNs, skipped, early } = pacer;
    const [first, last] = [Math.floor(firstAtNs), Math.floor(lastAtNs)];
    this.#drain(offered - refused);
    return { offered, refused, firstAtNs: first, lastAtNs: last, skipped, early };
  }

  /** Takes what has come until now. */
  #takeAll(): void {
    while (this.#ends.receive(this.#batch) > 0) {
      this.#clock.look();
      this.#check.check(this.#batch);
      this.#ends.release(this.#batch.count);
    }
  }

  /** The rings hold some bursts: a tester that rested now would leave the forwarder no room. */
  #drain(taken: number): void {
    const limit = new Deadline(drainLimitMs);
    const quiet = new Deadline(drainQuietMs);
    let before = this.#check.arrivals().forwarded;
    while (before < taken && !quiet.isOver() && !limit.isOver()) {
      this.#takeAll();
      const { forwarded } = this.#check.arrivals();
      if (forwarded !== before) quiet.restart();
      before = forwarded;
    }
  }

  arrived(): number {
    this.#takeAll();
    return this.#check.arrived();
  }

  arrivals(): Arrivals {
    return this.#check.arrivals();
  }

  bins(): Bins {
    return this.#check.bins();
  }

  [Symbol.dispose](): void {
    this.#resources?.[Symbol.dispose]();
  }
}

/** The same frame in each place: what differs is written when it is sent. */
function putFrames({ onWire }: FramePlan, ends: FarEnds): void {
  for (const place of ends.outgoing) ends.memory.set(onWire, place);
  ends.setLength(onWire.length);
}

interface Stamps {
  /** Numbers from 0 on, of this trial. */
  begin(epoch: number): void;
  /** The next numbers, and the clock's last look, into the first so many frames of a burst. */
  write(count: number): void;
}

interface StampParts {
  readonly halves: Uint16Array;
  readonly outgoing: Uint32Array;
  readonly now: Float64Array;
  /** Byte offsets in a frame; all are even. */
  readonly sequenceAt: number;
  readonly timeAt: number;
  readonly epochAt: number;
}

function makeStamps({ halves, outgoing, now, ...at }: StampParts): Stamps {
  const [sequenceAt, timeAt, epochAt] = [at.sequenceAt >>> 1, at.timeAt >>> 1, at.epochAt >>> 1];
  let next = 0;
  return {
    begin(epoch) {
      next = 0;
      for (let i = 0; i < outgoing.length; i++) halves[(outgoing[i]! >>> 1) + epochAt] = epoch;
    },
    write(count) {
      const ns = Math.floor(now[0]!);
      const high = Math.floor(ns / 4294967296);
      const low = ns - high * 4294967296;
      const [first, second, third] = [low & 0xffff, low >>> 16, high & 0xffff];
      for (let i = 0; i < count; i++) {
        const frame = outgoing[i]! >>> 1;
        halves[frame + sequenceAt] = next;
        halves[frame + sequenceAt + 1] = next >>> 16;
        halves[frame + timeAt] = first;
        halves[frame + timeAt + 1] = second;
        halves[frame + timeAt + 2] = third;
        next = (next + 1) | 0;
      }
    },
  };
}

/** Runs until no more frames are going to be due; returns how many the port had no room for. */
type Loop = () => number;

interface LoopParts {
  readonly pacer: Pacer;
  readonly stamps: Stamps;
  readonly check: ArrivalCheck["check"];
  readonly ends: FarEnds;
  readonly clock: Clock;
  readonly batch: Batch;
  readonly needlessLooks: number;
}

/**
 * Frames that came are binned by a look at the clock behind their receiving, and those that leave
 * bear one right before it. A full burst means that more may wait: that is taken first, or the time
 * that it waits for this loop would be said to be the forwarder's. What is due and finds no room is
 * lost there, as on any wire.
 */
function makeLoop({ pacer, stamps, check, ends, clock, batch, needlessLooks }: LoopParts): Loop {
  return function loop() {
    let refused = 0;
    for (;;) {
      const came = ends.receive(batch);
      clock.look();
      if (came > 0) {
        check(batch);
        ends.release(came);
        if (came === batch.capacity) continue;
        clock.look();
      }
      const due = pacer.due();
      if (due < 0) return refused;
      if (due === 0) continue;
      for (let i = 0; i < needlessLooks * due; i++) clock.look();
      stamps.write(due);
      refused += due - ends.send(due);
    }
  };
}
