/**
 * The warm-up: windows until V8's best compiler has made the loop's code, and has kept it for a
 * while. What a sample costs would otherwise depend on when V8 finds the time for it.
 */
import { Deadline } from "@iopath/contract";
import { newCompileNext, newTierOf, type Tier, worstTier } from "@iopath/native";

/** A path whose windows wait for a timer is warm by then; all others are long before. */
export const warmUpMsMax = 5000;

type Window = () => unknown;

export class WarmUp {
  readonly #window: Window;
  readonly #compileNext = newCompileNext();
  readonly #tierOf = newTierOf();
  readonly #seen: Tier[] = [];

  constructor(window: Window) {
    this.#window = window;
  }

  /**
   * Runs as many windows as asked. V8 has the first half to itself: a loop that was compiled after
   * 50 of 200 windows left what it calls once a window in slower code for good (219 in place of 162
   * instructions per frame of `net-null`). Where the best compiler's code did not last through the
   * second half, up to as many again.
   */
  async run(windows: number): Promise<void> {
    const deadline = new Deadline(warmUpMsMax);
    let steadySince = 0;
    for (let done = 0; done < 2 * windows && !deadline.isOver(); done++) {
      const isSteady = done - steadySince >= Math.floor(windows / 2);
      if (done >= windows && isSteady) return;
      if (done >= windows / 2 && this.#tierOf(this.#window) !== "turbofan") {
        this.#compileNext(this.#window);
        steadySince = done;
      }
      await this.#window();
    }
  }

  /** Looks at what runs the windows now; to be called before the samples and after them. */
  look(): void {
    this.#seen.push(this.#tierOf(this.#window));
  }

  /** The worst that was seen. */
  get tier(): Tier | undefined {
    return worstTier(this.#seen);
  }
}
