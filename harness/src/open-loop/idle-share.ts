/**
 * How much time a polled forwarder had to spare while frames came. It counts its looks for frames,
 * and those that found none; a look that finds none is short and one that finds a burst is long, so
 * that shares of looks say little. How long an empty look takes, the time after a trial tells, when
 * nothing comes any more.
 */

/** Looks of a forwarder in a time. */
interface Looks {
  readonly seconds: number;
  readonly emptySteps: number;
}

interface TrialLooks {
  /** From before the first frame until the last was sent. */
  readonly sending: Looks;
  /** From then until nothing came any more. */
  readonly after: Looks;
  /** From the first frame to the last. */
  readonly sendingS: number;
}

/** Shorter, and what the forwarder does besides, such as its answers, outweighs its looks. */
const afterSMin = 0.01;

/** Between 0 and 1; null where it can't be told. */
export function idleShareOf({ sending, after, sendingS }: TrialLooks): number | null {
  if (after.seconds < afterSMin || after.emptySteps === 0 || sendingS <= 0) return null;
  const secondsPerLook = after.seconds / after.emptySteps;
  const idleS = sending.emptySteps * secondsPerLook;
  const withoutFrames = Math.max(0, sending.seconds - sendingS);
  return Math.min(1, Math.max(0, (idleS - withoutFrames) / sendingS));
}
