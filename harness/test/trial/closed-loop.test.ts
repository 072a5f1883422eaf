import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { measureClosedLoop } from "../../src/trial/loop/closed-loop.ts";
import { FakeWire, loopOrder, straightTester } from "./fake-wire.ts";

afterEach(() => vi.restoreAllMocks());

describe("a closed loop", () => {
  it("samples what a frame takes: a window from its first send to its last frame, divided", async () => {
    // Two bursts to a window of 8: 1000 + 2 * 300 ns, a frame 200.
    const wire = new FakeWire({ window: 8, burst: 4, costs: { sendNs: 1000, stepNs: 300 } });
    const order = loopOrder({ window: 8, warmUpWindows: 5, samples: 20 });
    const result = await measureClosedLoop(order, wire.tester, wire.forwarder);
    expect(result.samplesNs).toEqual(Array(20).fill(200));
  });

  it("times several windows together where one is shorter than 100 readings of the clock", async () => {
    const costs = { sendNs: 100, stepNs: 100, readNs: 50 };
    const wire = new FakeWire({ window: 1, costs });
    const order = loopOrder({ window: 1, warmUpWindows: 70, samples: 4, timed: true });
    const result = await measureClosedLoop(order, wire.tester, wire.forwarder);
    // 100 readings are 5000 ns, and a window with its reading took 250.
    expect(result.timing).toEqual({ clockNs: 49.9, windowsPerSample: 20 });
    expect(result.samplesNs).toEqual(Array(4).fill((20 * 200 + 50) / 20));
    expect(wire.windows).toBe(70 + 4 * 20);
    expect(result).toMatchObject({ framesSent: 150, framesReceived: 150 });
    // Two calls a frame: those of a window a sample, whatever the sample is of.
    expect(result).toMatchObject({ syscalls: 8, wakeups: 4 });
  });

  it("times each window where they are long, or where not time is counted", async () => {
    const costs = { sendNs: 5000, stepNs: 100, readNs: 50 };
    const long = new FakeWire({ window: 1, costs });
    const order = { window: 1, warmUpWindows: 70, samples: 4 };
    const timed = loopOrder({ ...order, timed: true });
    const result = await measureClosedLoop(timed, long.tester, long.forwarder);
    expect(result.timing).toMatchObject({ windowsPerSample: 1 });
    vi.restoreAllMocks();
    const short = new FakeWire({ window: 1, costs: { ...costs, sendNs: 100 } });
    const counted = await measureClosedLoop(loopOrder(order), short.tester, short.forwarder);
    expect(counted).not.toHaveProperty("timing");
    expect(short.windows).toBe(74);
  });

  it("keeps samples in ascending order, the windows of the warm-up not among them", async () => {
    let nowNs = 0;
    const wire = new FakeWire({ window: 1, during: (window) => (nowNs += 1000 * (100 - window)) });
    vi.spyOn(performance, "now").mockImplementation(() => nowNs / 1e6);
    const order = loopOrder({ window: 1, warmUpWindows: 90, samples: 5 });
    const result = await measureClosedLoop(order, wire.tester, wire.forwarder);
    expect(result.samplesNs).toEqual([6000, 7000, 8000, 9000, 10_000]);
  });

  it("counts the frames of all windows, those of the warm-up too", async () => {
    const wire = new FakeWire({ window: 8, from: 2 ** 31 - 30 });
    const order = loopOrder({ window: 8, warmUpWindows: 5, samples: 20 });
    const result = await measureClosedLoop(order, wire.tester, wire.forwarder);
    expect(wire.windows).toBe(25);
    expect(result).toMatchObject({ framesSent: 200, framesReceived: 200 });
  });

  it("ends the warm-up after five seconds, and samples as many windows as ever", async () => {
    const wire = new FakeWire({ window: 8, costs: { sendNs: 0.2e9, stepNs: 0 } });
    const order = loopOrder({ window: 8, warmUpWindows: 1000, samples: 4 });
    const result = await measureClosedLoop(order, wire.tester, wire.forwarder);
    expect(wire.windows).toBe(25 + 4);
    expect(result.samplesNs).toHaveLength(4);
  });

  it("goes on with the warm-up where the machine stood still in it", async () => {
    const wire = new FakeWire({ window: 8, costs: { sendNs: 60e9, stepNs: 0 } });
    const order = loopOrder({ window: 8, warmUpWindows: 10, samples: 4 });
    await measureClosedLoop(order, wire.tester, wire.forwarder);
    expect(wire.windows).toBe(10 + 4);
  });

  it("ends with the first frame that is lost", async () => {
    const wire = new FakeWire({ window: 8, loses: 100, costs: { sendNs: 0, stepNs: 1000 } });
    const order = loopOrder({ window: 8, warmUpWindows: 5, samples: 20 });
    const measuring = measureClosedLoop(order, wire.tester, wire.forwarder);
    await expect(measuring).rejects.toThrow("1 of 8 frames did not come back");
    expect(wire.windows).toBe(13);
  });

  it("drives a forwarder of the event loop by its turns", async () => {
    const wire = new FakeWire({ window: 8, burst: 4, costs: { sendNs: 1000, stepNs: 300 } });
    const { step } = wire.forwarder;
    const turn = async () => {
      step();
    };
    const forwarder = { ...wire.forwarder, step: () => 0, turn };
    const result = await measureClosedLoop(loopOrder({}), wire.tester, forwarder);
    expect(result.samplesNs).toEqual(Array(20).fill(200));
  });

  it("says how the device was bound, what calls the samples took, and what the tester notes", async () => {
    const wire = new FakeWire({ window: 8 });
    const note = "counted in another way";
    const tester = { ...wire.tester, note };
    const result = await measureClosedLoop(loopOrder({}), tester, wire.forwarder);
    // Two calls and a kick for each of the 20 * 8 frames of the samples.
    expect(result).toMatchObject({ deviceMode: "native copy", syscalls: 320, wakeups: 160, note });
  });

  it("has neither calls nor device without a forwarder", async () => {
    const straight = straightTester(8);
    const result = await measureClosedLoop(loopOrder({}), straight, undefined);
    expect(result).toMatchObject({ deviceMode: "", syscalls: null, wakeups: null });
    expect(result).not.toHaveProperty("note");
  });
});

describe("garbage collections", () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const [warmUpWindows, samples] = [30, 30];

  async function collectionsOf(during: (window: number) => void): Promise<number> {
    const wire = new FakeWire({ window: 8, during });
    const order = loopOrder({ window: 8, warmUpWindows, samples });
    const result = await measureClosedLoop(order, wire.tester, wire.forwarder);
    return result.garbageCollections;
  }

  it("that begin in a sampled window are counted", async () => {
    const count = await collectionsOf((window) => window >= warmUpWindows && collect());
    expect(count).toBeGreaterThanOrEqual(samples);
  });

  it("of the warm-up are not", async () => {
    const count = await collectionsOf((window) => window < warmUpWindows && collect());
    expect(count).toBeLessThan(warmUpWindows);
  });
});
