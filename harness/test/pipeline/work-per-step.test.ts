/** What a run does between two trials costs as much at its end as at its beginning. */
import { expect, it } from "vitest";
import type { TrialResult } from "../../src/index.ts";
import type { FakeOrder } from "./fake-machine.ts";
import { runFake } from "./fake-runs.ts";

const samples = 5;
const rounds = 12;
const cells = 3 * 2 * 2;
const config = {
  paths: { "tester-only": ["direct"], "kernel-sockets": ["packet-mmsg"], xdp: ["native"] },
  ...{ frameBytes: [64, 128], windows: [1, 2], workers: [2], rounds, samples },
};

it("does not grow: so many reads of what was measured, however long the run is", async () => {
  let reads = 0;
  /** How often any result was looked at, by the time that each order was made. */
  const readsAt: number[] = [];
  const watched = (result: TrialResult): TrialResult =>
    new Proxy(result, {
      get(target, name) {
        reads++;
        const value: unknown = Reflect.get(target, name);
        return Array.isArray(value) ? watchedList(value) : value;
      },
    });
  const watchedList = (values: unknown[]) =>
    new Proxy(values, {
      get(target, name) {
        reads++;
        return Reflect.get(target, name) as unknown;
      },
    });
  const answer = (order: FakeOrder): TrialResult | undefined => {
    readsAt.push(reads);
    if (order.role !== "closed-loop") return undefined;
    return watched(measured(order.index));
  };
  const { orders } = await runFake(config, { answer });
  const perStep = readsAt.slice(1).map((count, i) => count - readsAt[i]!);
  const trials = perStep.filter((_, i) => orders[i]!.role === "closed-loop");
  expect(trials).toHaveLength(cells * rounds - 1);
  // The first trial of a cell has none before it to be shown.
  const [second, last] = [trials.slice(cells, 2 * cells), trials.slice(-cells)];
  expect(Math.min(...second)).toBeGreaterThan(samples);
  expect(Math.max(...last)).toBeLessThanOrEqual(Math.max(...second));
});

function measured(index: number): TrialResult {
  return {
    status: "measured",
    samplesNs: Array.from({ length: samples }, (_, i) => 1000 + index + i),
    ...{ framesSent: 10, framesReceived: 10, garbageCollections: 0, residentBytesMax: 1 },
    ...{ cpuUserUs: 1, cpuSystemUs: 1, syscalls: 1, wakeups: 1, contextSwitches: 0 },
    deviceMode: "",
  };
}
