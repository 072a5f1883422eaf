import { ExitStatus, IopathError } from "@iopath/contract";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  newExchange,
  newTurningExchange,
  teamSilenceMsMax,
  turns,
} from "../../src/trial/loop/exchange.ts";
import { FakeWire, straightTester } from "./fake-wire.ts";

afterEach(() => vi.restoreAllMocks());

const costs = { sendNs: 1000, stepNs: 1e6 };

function errorOf(act: () => void): IopathError {
  try {
    act();
  } catch (error) {
    return error as IopathError;
  }
  throw new Error("nothing was thrown");
}

const pollsPerLook = 256;

/** A wire that gives back its one frame after so many steps; each look at the clock takes time. */
function quietWire({ lookMs, silenceMs }: { lookMs: number; silenceMs?: number }) {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (now += lookMs));
  const wire = new FakeWire({ window: 1 });
  let steps = 0;
  let until = 0;
  const step = () => (++steps >= until ? wire.forwarder.step() : 0);
  return {
    exchange: newExchange(wire.tester, { ...wire.forwarder, step }, 1, silenceMs),
    steps: () => steps,
    stepUntil: (count: number) => {
      until = count;
    },
  };
}

describe("an exchange", () => {
  it("steps the forwarder until the whole window is back, and no further", () => {
    const sizes = fc.integer({ min: 1, max: 64 });
    fc.assert(
      fc.property(sizes, sizes, (window, burst) => {
        const wire = new FakeWire({ window, burst });
        const step = vi.spyOn(wire.forwarder, "step");
        const exchange = newExchange(wire.tester, wire.forwarder, window);
        exchange();
        expect(wire.forwarded).toBe(window);
        expect(step).toHaveBeenCalledTimes(Math.ceil(window / burst));
      }),
    );
  });

  it("goes on where the count of frames wraps around", () => {
    const wire = new FakeWire({ window: 8, from: 2 ** 31 - 4 });
    const exchange = newExchange(wire.tester, wire.forwarder, 8);
    exchange();
    exchange();
    expect(wire.tester.received()).toBe((2 ** 31 + 12) | 0);
  });

  it("fails after a second without a frame, and says how many and what the forwarder did", () => {
    const wire = new FakeWire({ window: 8, loses: 13, costs });
    const exchange = newExchange(wire.tester, wire.forwarder, 8);
    exchange();
    const began = performance.now();
    const error = errorOf(exchange);
    expect(error).toBeInstanceOf(IopathError);
    expect(error.exitStatus).toBe(ExitStatus.cellFailed);
    expect(error.message).toContain("1 of 8 frames did not come back within 1000 ms");
    expect(error.message).toContain("the forwarder: received 16  sent 16");
    expect(performance.now() - began).toBeGreaterThan(1000);
  });

  it("goes on while frames come, however slow the machine", () => {
    const hourNs = 3.6e12;
    const wire = new FakeWire({ window: 5000, burst: 1, costs: { sendNs: 0, stepNs: hourNs } });
    newExchange(wire.tester, wire.forwarder, 5000)();
    expect(wire.forwarded).toBe(5000);
  });

  it("goes on where the machine stood still between looks at the clock", () => {
    const { exchange, stepUntil } = quietWire({ lookMs: 10_000 });
    stepUntil(16 * pollsPerLook);
    exchange();
  });

  it("fails when nothing came for a second, however long it took in earlier windows", () => {
    const { exchange, stepUntil, steps } = quietWire({ lookMs: 40 });
    for (let window = 0; window < 100; window++) {
      stepUntil(steps() + 20 * pollsPerLook + 1);
      exchange();
    }
    const before = steps();
    stepUntil(Number.POSITIVE_INFINITY);
    expect(errorOf(exchange).message).toContain("1 of 1 frames did not come back within 1000 ms");
    expect(steps() - before).toBe((1 + 1000 / 40) * pollsPerLook);
  });

  it("waits longer in a team, where a frame may lie in the queue of another worker", () => {
    const { exchange, stepUntil } = quietWire({ lookMs: 40, silenceMs: teamSilenceMsMax });
    stepUntil((teamSilenceMsMax / 40 - 1) * pollsPerLook);
    exchange();
    stepUntil(Number.POSITIVE_INFINITY);
    const { message } = errorOf(exchange);
    expect(message).toContain(`1 of 1 frames did not come back within ${teamSilenceMsMax} ms`);
  });

  it("fails at once when the tester could not send, and says why where it knows", () => {
    const wire = new FakeWire({ window: 8 });
    const part = { ...wire.tester, sendWindow: () => 3 };
    const sent = "the tester could send 3 of 8 frames";
    expect(errorOf(newExchange(part, wire.forwarder, 8)).message).toBe(sent);
    const told = { ...part, refusal: () => "ENOBUFS" };
    expect(errorOf(newExchange(told, wire.forwarder, 8)).message).toBe(`${sent}: ENOBUFS`);
  });

  it("needs no forwarder where the frames come back by themselves", () => {
    const straight = straightTester(8);
    newExchange(straight, undefined, 8)();
    expect(straight.received()).toBe(8);
  });
});

describe("an exchange with a forwarder of the event loop", () => {
  function turning(options: ConstructorParameters<typeof FakeWire>[0]) {
    const wire = new FakeWire(options);
    const { step } = wire.forwarder;
    const turn = vi.fn(async () => {
      step();
    });
    const forwarder = { ...wire.forwarder, step: () => 0, turn };
    return { wire, turn, exchange: newTurningExchange(wire.tester, forwarder, options.window) };
  }

  it("lets the loop turn until the window is back", async () => {
    const { wire, turn, exchange } = turning({ window: 8, burst: 3 });
    await exchange();
    expect(wire.forwarded).toBe(8);
    expect(turn).toHaveBeenCalledTimes(3);
  });

  it("fails when a frame is lost", async () => {
    const { exchange } = turning({ window: 8, loses: 2, costs });
    await expect(exchange()).rejects.toThrow("1 of 8 frames did not come back within 1000 ms");
  });

  it("is what a forwarder with turns gets", () => {
    const { forwarder } = new FakeWire({ window: 8 });
    expect(turns(forwarder)).toBe(false);
    expect(turns({ ...forwarder, turn: async () => {} })).toBe(true);
  });
});
