/** How long a plan of steps still takes, judged by how long those of the same kind took. */

export class TimeLeft {
  readonly #plan: readonly string[];
  readonly #took = new Map<string, { sum: number; count: number }>();
  #done = 0;
  #beganMs = 0;

  /** @param plan the kind of each step, in their order */
  constructor(plan: readonly string[]) {
    this.#plan = plan;
  }

  get done(): number {
    return this.#done;
  }

  get steps(): number {
    return this.#plan.length;
  }

  begin(nowMs: number): void {
    this.#beganMs = nowMs;
  }

  end(nowMs: number): void {
    const kind = this.#plan[this.#done++] ?? "";
    const { sum, count } = this.#took.get(kind) ?? { sum: 0, count: 0 };
    this.#took.set(kind, { sum: sum + nowMs - this.#beganMs, count: count + 1 });
  }

  /** Undefined before the first step has ended. A kind that was not seen yet is taken for an average one. */
  leftMs(nowMs: number): number | undefined {
    if (this.#done === 0) return undefined;
    const [first, ...others] = this.#plan.slice(this.#done).map((kind) => this.#meanOf(kind));
    const current = Math.max(0, (first ?? 0) - (nowMs - this.#beganMs));
    return current + others.reduce((sum, ms) => sum + ms, 0);
  }

  #meanOf(kind: string): number {
    const own = this.#took.get(kind);
    if (own) return own.sum / own.count;
    const all = [...this.#took.values()];
    const total = all.reduce((sum, took) => sum + took.sum, 0);
    return total / all.reduce((sum, { count }) => sum + count, 0);
  }
}

/** "2:05" */
export function formatClock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
