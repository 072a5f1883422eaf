/** How long to wait: in set-up code, which is synchronous, and for a process. */
import { Deadline } from "@iopath/contract";

const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread. */
export function sleepSync(ms: number): void {
  Atomics.wait(nothing, 0, 0, ms);
}

/**
 * Asks again and again, and returns the first answer that is not undefined; undefined when late.
 */
export function poll<T>(limitMs: number, stepMs: number, ask: () => T | undefined): T | undefined {
  const deadline = new Deadline(limitMs);
  for (;;) {
    const answer = ask();
    if (answer !== undefined || deadline.isOver()) return answer;
    sleepSync(stepMs);
  }
}

/** A machine that stands still counts as one part of a limit, for however long it does. */
const partsOfLimit = 16;

/**
 * Acts once when the limit has passed. A plain timer is due as soon as a machine goes on that stood
 * still, before the answer is read that waits in a pipe.
 *
 * @returns to be disposed of when what was waited for is there
 */
export function startLimit(limitMs: number, act: () => void): Disposable {
  let parts = 0;
  const timer = setInterval(() => {
    if (++parts < partsOfLimit) return;
    clearInterval(timer);
    act();
  }, limitMs / partsOfLimit);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
