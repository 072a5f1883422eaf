/**
 * What a tester does with frames, whatever it does it with: sends them when they are due, counts,
 * checks and bins those that come back.
 */
import type { Bins } from "../bins.ts";

export interface PacedOrder {
  /** The trial's number: frames of an earlier one are known by it. */
  readonly epoch: number;
  /** Frames per second; undefined sends as fast as it goes. */
  readonly rate: number | undefined;
  readonly seconds: number;
  /** Whether frames leave as soon as can be when they are due, to see how long they take. */
  readonly promptly: boolean;
}

export interface Sending {
  /** Those that were due and were sent; of them, those that the port had no room for. */
  readonly offered: number;
  /** Null where nobody tells the generator. */
  readonly refused: number | null;
  /** Of the first frame and the last, in nanoseconds of one clock. */
  readonly firstAtNs: number;
  readonly lastAtNs: number;
  /** How often the generator was late and gave up what it was late by. */
  readonly skipped: number;
  /** Looks at the clock at which no frame was due. */
  readonly early: number;
}

export interface Arrivals {
  /** Each whole frame of the trial once. */
  readonly forwarded: number;
  readonly duplicated: number;
  /** Among those forwarded: a frame with a higher number came before. */
  readonly reordered: number;
  /** Not as the workload's reference makes them. */
  readonly corrupted: number;
  /** Without the workload's mark: from others than the tester. */
  readonly foreign: number;
  /** Of an earlier trial. */
  readonly stale: number;
  readonly maxNs: number;
}

export interface Traffic extends Disposable {
  /** Forgets what came before; returns when all is sent that is going to be. */
  send(order: PacedOrder): Sending;
  /** How many frames came so far, whatever they are: grows while frames come. */
  arrived(): number;
  arrivals(): Arrivals;
  /** Only those that are not empty. */
  bins(): Bins;
}

/** A duplicate that comes so many frames later is not known as one. */
export const seenFrames = 1 << 16;
