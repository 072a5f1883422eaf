/** Generator and sink as programs in the kernel, where frames cross network devices. */
import type { Bins } from "../bins.ts";
import { CountingSink } from "./counting-sink.ts";
import type { FramePlan } from "./frame-plan.ts";
import { Generator } from "./generator.ts";
import type { Arrivals, PacedOrder, Sending, Traffic } from "./traffic.ts";

interface KernelTrafficOptions {
  readonly plan: FramePlan;
  /** Of the namespace of the caller: where frames are sent, and where they come back. */
  readonly devices: readonly [into: string, outOf: string];
  readonly needlessLooks: number;
  /** Whether nobody else has anything in that namespace. */
  readonly ownNamespace: boolean;
}

export class KernelTraffic implements Traffic {
  readonly #sink: CountingSink;
  readonly #generator: Generator;
  readonly #resources: DisposableStack;

  constructor({ plan, devices: [into, outOf], ...options }: KernelTrafficOptions) {
    using opening = new DisposableStack();
    this.#sink = opening.use(new CountingSink(outOf, plan));
    this.#generator = opening.use(new Generator(into, plan, options));
    this.#resources = opening.move();
  }

  send(order: PacedOrder): Sending {
    this.#sink.begin(order.epoch);
    return this.#generator.send(order);
  }

  arrived(): number {
    return this.#sink.arrived();
  }

  arrivals(): Arrivals {
    return this.#sink.counts();
  }

  bins(): Bins {
    return this.#sink.bins();
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
