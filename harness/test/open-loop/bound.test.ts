import { describe, expect, it } from "vitest";
import {
  boundByGenerator,
  boundByMachine,
  boundOf,
  overflowedOf,
} from "../../src/open-loop/bound.ts";
import { measureOpenLoop } from "../../src/open-loop/measure.ts";
import { profiles } from "../../src/open-loop/profile.ts";
import { fakeTrials, trialOf } from "./fake-trials.ts";

const polled = { placement: { ingress: "tester" } } as const;
const onOwnPorts = { placement: { ingress: "none" } } as const;
const inKernel = { placement: { ingress: "forwarder" } } as const;
const lossy = { offered: 1000, forwarded: 600 };

describe("what bounds a rate", () => {
  it.each([
    ["egress", { received: 1000, unsent: 390 }, 1e9, 0.5, polled],
    ["machine", { received: 600, steps: 100 }, 5e8, 0, polled],
    ["forwarder's CPU", { received: 600, overflowed: 400, steps: 100 }, 1e9, 0.01, polled],
    ["ring", { received: 600, overflowed: 390, steps: 100 }, 1e9, 0.5, polled],
    ["softirq", { received: 600, overflowed: 0, steps: 100 }, 1e9, 0.5, polled],
    ["forwarder's CPU", { received: 600 }, 9.5e8, null, inKernel],
    ["ring", { received: 600 }, 4e8, null, inKernel],
  ] as const)(
    "is the %s, by what was counted",
    (by, forwarder, forwardingNs, idleShare, placement) => {
      const trial = trialOf({ ...lossy, forwardingNs }, forwarder, { idleShare });
      expect(boundOf({ ...trial, ...placement }).by).toBe(by);
    },
  );

  it.each([
    ["tester", { refused: 10 }, { received: 990, unsent: 390 }, 0.5],
    ["forwarder's CPU", { refused: 400 }, { received: 600, steps: 100 }, 0.01],
    ["ring", { refused: 390 }, { received: 600, steps: 100 }, 0.5],
    ["unknown", { refused: 0 }, { received: 600, steps: 100 }, 0.5],
  ] as const)(
    "is the %s on ports of a path's own, by what tester and forwarder counted",
    (by, counts, forwarder, idleShare) => {
      const trial = trialOf(
        { ...lossy, ...counts },
        { overflowed: null, ...forwarder },
        { idleShare },
      );
      expect(boundOf({ ...trial, ...onOwnPorts }).by).toBe(by);
    },
  );

  it("has frames that found no room counted by whoever can", () => {
    const overflowed = (refused: number | null, byPath: number | null) =>
      overflowedOf(trialOf({ refused }, { overflowed: byPath }));
    expect(overflowed(null, null)).toBeNull();
    expect(overflowed(null, 3)).toBe(3);
    expect(overflowed(4, null)).toBe(4);
    expect(overflowed(4, 3)).toBe(7);
  });

  it("is not known where nothing was lost, or no counter explains the loss", () => {
    expect(boundOf({ ...trialOf({}), ...polled }).by).toBe("unknown");
    const dropped = trialOf(lossy, { received: 1000, steps: 100 }, { idleShare: 0.5 });
    expect(boundOf({ ...dropped, ...polled }).by).toBe("unknown");
  });

  it("is the machine, with what it did, where a search was cut", () => {
    const { by, sentence } = boundByMachine("something else had its CPU");
    expect([by, sentence]).toEqual(["machine", "The machine: something else had its CPU."]);
  });

  it("is the generator, with its rate, where that was the limit", () => {
    expect(boundByGenerator(2_345_678).sentence).toContain("2.35 million");
  });

  it("is the generator of a whole measurement whose generator is slow", async () => {
    const placement = { testerCpu: 0, forwarderCpu: 1, ingress: "tester", remarks: [] } as const;
    const device = { ...fakeTrials(9e6, 100_000), noise: async () => [] };
    const measured = await measureOpenLoop(device, {
      ...{ profile: profiles.quick, placement, realtime: false, searches: 1, tell: () => {} },
    });
    expect(measured.searches[0]!.bound.by).toBe("generator");
  });
});
