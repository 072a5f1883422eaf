/**
 * A tester and a forwarder without a machine: frames are counts, and time is what they say it is.
 */

import type { Counters, Forwarder, MeasuringTester, PolledPath } from "@iopath/contract";
import { newDropCounts } from "@iopath/contract";
import { ipv4Forward } from "@iopath/workloads";
import { vi } from "vitest";
import type { ClosedLoopRequest } from "../../src/trial/request.ts";

/** What each act takes, in nanoseconds of a clock that nothing else moves. */
interface Costs {
  readonly sendNs: number;
  /** Of each step; it moves one burst. */
  readonly stepNs: number;
  /** Of each reading of the clock. */
  readonly readNs?: number;
}

export interface FakeOptions {
  readonly window: number;
  readonly burst?: number;
  readonly costs?: Costs;
  /** Number of the frame, from 1 on, that the forwarder loses. */
  readonly loses?: number;
  /** Frames that came back before the first window, modulo 2^32. */
  readonly from?: number;
  /** Done in the middle of each window, with its number from 0 on. */
  readonly during?: (window: number) => void;
}

/** The fake's clock takes the place of `performance.now` until the test ends. */
export class FakeWire {
  windows = 0;
  forwarded = 0;
  readonly tester: MeasuringTester;
  readonly forwarder: Forwarder;
  #inside = 0;
  #returned: number;
  #nowNs = 0;

  constructor({ window, burst = 64, costs, loses, from = 0, during }: FakeOptions) {
    this.#returned = from | 0;
    const { stepNs = 0, readNs = 0 } = costs ?? {};
    const read = () => {
      this.#nowNs += readNs;
      return this.#nowNs / 1e6;
    };
    if (costs) vi.spyOn(performance, "now").mockImplementation(read);
    this.tester = {
      sendWindow: () => {
        this.#nowNs += costs?.sendNs ?? 0;
        this.#inside += window;
        this.windows++;
        during?.(this.windows - 1);
        return window;
      },
      received: () => this.#returned,
      [Symbol.dispose]: () => {},
    };
    const step = () => {
      this.#nowNs += stepNs;
      const moved = Math.min(this.#inside, burst);
      for (let i = 0; i < moved; i++) this.#forward(loses);
      return moved;
    };
    const counters = (): Counters => this.#counters();
    const path = { kind: "polled", deviceMode: "native copy" } as PolledPath;
    this.forwarder = { path, workload: ipv4Forward, step, counters, [Symbol.dispose]: () => {} };
  }

  #forward(loses: number | undefined): void {
    this.#inside--;
    this.forwarded++;
    if (this.forwarded !== loses) this.#returned = (this.#returned + 1) | 0;
  }

  #counters(): Counters {
    const { forwarded } = this;
    const counts = { received: forwarded, sent: forwarded, unsent: 0 };
    return {
      ...counts,
      dropped: newDropCounts(ipv4Forward),
      syscalls: 2 * forwarded,
      wakeups: forwarded,
    };
  }
}

/** Whose frames come back at once and by themselves: that of the `tester-only` cell. */
export function straightTester(window: number): MeasuringTester {
  let received = 0;
  return {
    sendWindow: () => {
      received += window;
      return window;
    },
    received: () => received,
    [Symbol.dispose]: () => {},
  };
}

/** As far as the loop looks at it. */
export function loopOrder(order: Partial<ClosedLoopRequest>): ClosedLoopRequest {
  return { role: "closed-loop", window: 8, warmUpWindows: 5, samples: 20, ...order } as never;
}
