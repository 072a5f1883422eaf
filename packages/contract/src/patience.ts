/** How long a law waits for frames that may still come. */

/** How often a quiet forwarder is stepped before it is believed. */
const quietSteps = 200;
/** A ring that hands over whole blocks waits that long for more frames, at most. */
const quietMs = 25;
/** Far longer than all frames of a law take, in a guest too. */
const busyMsMax = 60_000;

/** Over after so many quiet steps, and not before so many milliseconds of them. */
export function newPatience() {
  let steps = 0;
  const began = performance.now();
  let since = began;
  return {
    saw(something: boolean): void {
      // A forwarder whose frames come back to it would go on for ever.
      if (performance.now() - began > busyMsMax) throw new Error(`frames came for ${busyMsMax} ms`);
      steps = something ? 0 : steps + 1;
      if (something) since = performance.now();
    },
    isOver: () => steps >= quietSteps && performance.now() - since >= quietMs,
  };
}
