/** What the system answered when it would not do something, counted by errno. */
import { errnoName } from "./libc.ts";

/** Larger than any errno, linux/errno.h. */
const errnosMax = 4096;

export class Refusals {
  readonly #counts = new Uint32Array(errnosMax);

  count(errno: number): void {
    this.#counts[errno]!++;
  }

  /** By the errno's name, those that came. */
  byName(): Record<string, number> {
    const came = [...this.#counts.entries()].filter(([, count]) => count > 0);
    return Object.fromEntries(came.map(([errno, count]) => [errnoName(errno), count]));
  }
}
