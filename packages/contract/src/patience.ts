/** How long a loop over a forwarder waits for frames that may still come. */
import { Deadline } from "./deadline.ts";
import { ExitStatus, IopathError } from "./errors.ts";

/**
 * How often a quiet forwarder is stepped before it is believed: on a slow machine time alone says
 * nothing.
 */
const quietStepsMin = 200;
/** A ring that hands over whole blocks waits that long for more frames, at most. */
const quietMsUsual = 25;
/**
 * Frames of a window that are not through when none came for so long never will be. An emulated
 * card on a busy machine may be quiet for a tenth of a second.
 */
export const windowQuietMs = 5000;
/**
 * Far more than come of one window, in and out, if each frame comes back until its time to live is
 * over. Counted, not timed: a slow machine is no fault.
 */
const framesMax = 100_000;

interface Patience {
  /**
   * @param count frames that came in or out in this step
   * @param unexpected the last frame that was not expected, in words
   * @throws IopathError when too many came: somebody else keeps sending
   */
  saw(count: number, unexpected?: string): void;
  /** Steps since the last frame. */
  readonly quietSteps: number;
  /** Whether nothing came for so many steps, and for so long. */
  isOver(): boolean;
}

/** @param quietMs that the forwarder may take from one frame to the next */
export function newPatience(quietMs = quietMsUsual): Patience {
  let quietSteps = 0;
  let frames = 0;
  const quiet = new Deadline(quietMs);
  let isQuiet = false;
  return {
    saw(count, unexpected) {
      frames += count;
      if (frames > framesMax) throw endlessFrames(unexpected);
      quietSteps = count > 0 ? 0 : quietSteps + 1;
      if (count > 0) quiet.restart();
      isQuiet = count === 0 && quiet.isOver();
    },
    get quietSteps() {
      return quietSteps;
    },
    isOver: () => isQuiet && quietSteps >= quietStepsMin,
  };
}

function endlessFrames(unexpected: string | undefined): IopathError {
  const last = unexpected === undefined ? "" : `; the last that nobody expected: ${unexpected}`;
  const message = `more than ${framesMax} frames came of one window, and no end is to be seen${last}`;
  return new IopathError(ExitStatus.cellFailed, message, {
    remedy: "see that nobody else sends on these ports, and that no frame comes back to its sender",
  });
}
