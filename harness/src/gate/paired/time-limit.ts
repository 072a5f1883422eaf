/**
 * The end of a gate's time. It ends whatever runs then: an installation, a verify pass, a launch.
 */
const msPerMinute = 60_000;
/** The longest delay of a Node timer. */
const timerMsMax = 2 ** 31 - 1;

export interface TimeLimit {
  /** Of `performance.now()`. */
  readonly deadlineMs: number;
  /** Aborted when the gate is interrupted, and when its time is up: see `isTimeUp`. */
  readonly signal: AbortSignal;
}

/** @param interruption ends the gate before its time */
export function startTime(maxMinutes: number, interruption: AbortSignal): TimeLimit {
  const limitMs = maxMinutes * msPerMinute;
  const timeUp = AbortSignal.timeout(Math.min(limitMs, timerMsMax));
  return {
    deadlineMs: performance.now() + limitMs,
    signal: AbortSignal.any([interruption, timeUp]),
  };
}

/** Whether the deadline ended it, rather than an interruption or a fault. */
export function isTimeUp(error: unknown): boolean {
  return error instanceof DOMException && error.name === "TimeoutError";
}
