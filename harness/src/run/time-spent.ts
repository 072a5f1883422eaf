/** Adds up what the time of a run goes into while it goes on. */
import { type Part, parts, type Spent } from "../journal/spent.ts";

export class TimeSpent {
  readonly #nowMs: () => number;
  readonly #beganMs: number;
  readonly #ms = new Map<Part, number>();

  /** Begins now. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#beganMs = nowMs();
  }

  add(part: Part, ms: number): void {
    this.#ms.set(part, (this.#ms.get(part) ?? 0) + ms);
  }

  async during<Result>(part: Part, work: () => Promise<Result>): Promise<Result> {
    const begin = this.#nowMs();
    try {
      return await work();
    } finally {
      this.add(part, this.#nowMs() - begin);
    }
  }

  soFar(): Spent {
    const of = (part: Part) => Math.round(this.#ms.get(part) ?? 0);
    const ms = Object.fromEntries(parts.map((part) => [part, of(part)])) as Record<Part, number>;
    return { totalMs: Math.round(this.#nowMs() - this.#beganMs), ...ms };
  }
}
