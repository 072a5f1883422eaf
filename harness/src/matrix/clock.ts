/** The two clocks of a trial, and the units of their figures. */
import type { Clock } from "@iopath/lab";
import { nanosecondsPerInstruction } from "@iopath/lab/guest";

export type Unit = "ns/frame" | "instructions/frame";

/** The unit of a figure by the clock that it was taken with. */
export function unitOf(clock: Clock): Unit {
  return clock === "instructions" ? "instructions/frame" : "ns/frame";
}

/**
 * A counting guest's clock moves so many nanoseconds per instruction; its nanoseconds are not time.
 */
export function inUnitOf(clock: Clock, ns: number): number {
  return clock === "instructions" ? ns / nanosecondsPerInstruction : ns;
}
