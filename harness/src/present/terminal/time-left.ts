/** How long a plan of steps still takes, judged by how long those of the same kind took. */

/** A step that goes on, with when it began. */
interface Running {
  readonly kind: string;
  readonly beganMs: number;
}

export class TimeLeft {
  /** Those that were planned, and those that came besides. */
  steps: number;
  /** How many of each kind have not begun. */
  readonly #pending = new Map<string, number>();
  readonly #running = new Set<Running>();
  readonly #took = new Map<string, { sum: number; count: number }>();
  #done = 0;

  /** @param plan the kind of each step */
  constructor(plan: readonly string[]) {
    this.steps = plan.length;
    for (const kind of plan) this.#pending.set(kind, (this.#pending.get(kind) ?? 0) + 1);
  }

  get done(): number {
    return this.#done;
  }

  begin(kind: string, nowMs: number): Running {
    const running = { kind, beganMs: nowMs };
    this.#running.add(running);
    const pending = this.#pending.get(kind) ?? 0;
    if (pending > 0) this.#pending.set(kind, pending - 1);
    else this.steps++;
    return running;
  }

  end(running: Running, nowMs: number): void {
    this.#running.delete(running);
    this.#done++;
    const { sum, count } = this.#took.get(running.kind) ?? { sum: 0, count: 0 };
    this.#took.set(running.kind, { sum: sum + nowMs - running.beganMs, count: count + 1 });
  }

  /**
   * Undefined before the first step has ended. A kind that was not seen yet is taken for an average
   * one, and as many steps are taken to go on at once as do now.
   */
  leftMs(nowMs: number): number | undefined {
    if (this.#done === 0) return undefined;
    const begun = [...this.#running].map(({ kind, beganMs }) =>
      Math.max(0, this.#meanOf(kind) - (nowMs - beganMs)),
    );
    const pending = [...this.#pending].map(([kind, count]) => count * this.#meanOf(kind));
    const all = [...begun, ...pending].reduce((sum, ms) => sum + ms, 0);
    return all / Math.max(1, this.#running.size);
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
