/**
 * Waiting in set-up code, which is synchronous: a device answers in milliseconds, a link in
 * seconds.
 */
const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread. */
export function sleepSync(ms: number): void {
  Atomics.wait(nothing, 0, 0, ms);
}

/**
 * Asks again and again, and returns the first answer that is not undefined; undefined when late.
 */
export function poll<T>(limitMs: number, stepMs: number, ask: () => T | undefined): T | undefined {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const answer = ask();
    if (answer !== undefined || performance.now() > giveUpAt) return answer;
    sleepSync(stepMs);
  }
}
