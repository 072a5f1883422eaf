import { describe, expect, it } from "vitest";
import { boundByGenerator, boundByMachine, boundOf } from "../../src/open-loop/bound.ts";
import { measureOpenLoop } from "../../src/open-loop/measure.ts";
import { profiles } from "../../src/open-loop/profile.ts";
import { fakeTrials, trialOf } from "./fake-trials.ts";

const polled = { placement: { ingress: "tester" } } as const;
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
