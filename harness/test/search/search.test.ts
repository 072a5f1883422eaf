import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Goal } from "../../src/search/goal.ts";
import { type SearchResult, search, type TrialEnd } from "../../src/search/search.ts";
import { bimodal, type Device, drifting, hiccuping, leaky, noisy, sharp } from "./simulated.ts";

const goal = (name: string, lossRatio: number, values: Partial<Goal> = {}): Goal => ({
  ...{ name, lossRatio, initialTrialS: 1, finalTrialS: 1, durationSumS: 21 },
  ...{ exceedRatio: 0.5, width: 0.005 },
  ...values,
});
/** The goals of FD.io CSIT. */
const goals = [goal("NDR", 0), goal("PDR", 0.005)];
const limits = { minLoad: 9001, maxLoad: 1e7 };

function searchOn(device: Device, options: Partial<Parameters<typeof search>[0]> = {}) {
  const measure = async (load: number, seconds: number) => ({ lossRatio: device(load, seconds) });
  return search({ goals, ...limits, measure, ...options });
}

const ndr = ({ results }: SearchResult) => results[0]!;
const pdr = ({ results }: SearchResult) => results[1]!;

describe("a search on a device that loses what is above its capacity", () => {
  it("finds bounds around it, as narrow as the goal asks", async () => {
    const capacities = fc.double({ min: 20_000, max: 9e6, noNaN: true });
    await fc.assert(
      fc.asyncProperty(capacities, async (capacity) => {
        const found = await searchOn(sharp(capacity));
        const { lowerBound, upperBound, irregularity } = ndr(found);
        expect(irregularity).toBe("");
        expect(lowerBound).toBeLessThanOrEqual(capacity);
        expect(upperBound).toBeGreaterThan(capacity);
        // Loads are whole frames per second.
        expect(upperBound! - lowerBound!).toBeLessThanOrEqual(0.005 * upperBound! + 1);
        // At 0.5 % above the capacity 0.5 % are lost.
        expect(pdr(found).lowerBound).toBeLessThanOrEqual(capacity * 1.006);
        expect(pdr(found).upperBound).toBeGreaterThan(capacity);
        expect(pdr(found).conditionalThroughput).toBeLessThanOrEqual(capacity * 1.001);
        expect(found.trials.length).toBeLessThan(60);
      }),
      { numRuns: 100 },
    );
  });

  it("asks for short trials first where the final ones are long", async () => {
    const long = { initialTrialS: 1, finalTrialS: 60, durationSumS: 60, exceedRatio: 0 };
    const found = await searchOn(sharp(1e6), {
      goals: [goal("NDR", 0, long), goal("PDR", 0.005, long)],
    });
    expect(found.results.map(({ irregularity }) => irregularity)).toEqual(["", ""]);
    expect(found.trials.filter(({ seconds }) => seconds === 60).length).toBeLessThan(8);
  });

  it("says that no bound lies above the highest load or below the lowest", async () => {
    const high = await searchOn(sharp(1e9));
    expect(ndr(high)).toMatchObject({ lowerBound: 1e7, irregularity: "no upper bound" });
    const low = await searchOn(sharp(100));
    expect(ndr(low)).toMatchObject({ upperBound: 9001, irregularity: "no lower bound" });
    expect(ndr(low).conditionalThroughput).toBeUndefined();
  });
});

describe("a search on a device that does not always do the same", () => {
  const seeds = fc.integer({ min: 1, max: 1e6 });
  const capacity = 1.234e6;

  it("finds a rate within the noise", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const found = await searchOn(noisy(capacity, 0.02, seed));
        for (const { conditionalThroughput: rate } of found.results) {
          expect(Math.abs(rate! / capacity - 1)).toBeLessThan(0.025);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("finds the capacity that it has more often, with an exceed ratio of a half", async () => {
    await fc.assert(
      fc.asyncProperty(seeds, async (seed) => {
        const found = await searchOn(bimodal(1e6, 1.2e6, 0.1, seed));
        expect(ndr(found).conditionalThroughput).toBeGreaterThan(1.19e6);
        const strict = goals.map((one) => ({ ...one, exceedRatio: 0 }));
        const careful = await searchOn(bimodal(1e6, 1.2e6, 0.5, seed), { goals: strict });
        expect(ndr(careful).lowerBound).toBeLessThan(1.01e6);
      }),
      { numRuns: 40 },
    );
  });

  it("ends, and near the truth, while the capacity falls or rises", async () => {
    const falling = await searchOn(drifting(1e6, -1e-4));
    expect(ndr(falling).conditionalThroughput).toBeGreaterThan(0.98e6);
    const rising = await searchOn(drifting(1e6, 1e-4));
    expect(ndr(rising).conditionalThroughput).toBeGreaterThan(0.99e6);
  });

  it("allows for a frame lost now and then", async () => {
    const found = await searchOn(hiccuping(1e6, 0.1, 7));
    expect(ndr(found).conditionalThroughput).toBeGreaterThan(0.99e6);
  });
});

describe("a search on a device that loses some of every load", () => {
  it("finds the rate with an allowed loss, and none without", async () => {
    const found = await searchOn(leaky(1e6, 0.001));
    expect(ndr(found)).toMatchObject({ lowerBound: undefined, irregularity: "no lower bound" });
    expect(pdr(found).lowerBound! / 1e6).toBeCloseTo(1, 1);
    const nothing = await searchOn(leaky(1e6, 0.01));
    expect(nothing.results.map(({ lowerBound }) => lowerBound)).toEqual([undefined, undefined]);
  });
});

describe("a search with a tester that is short of loads", () => {
  it("stays below what it reaches, and ends on every kind of shortness", async () => {
    const reaches = fc.double({ min: 20_000, max: 9e6, noNaN: true });
    const property = fc.asyncProperty(reaches, fc.boolean(), async (reach, flaky) => {
      let calls = 0;
      const measure = async (load: number): Promise<TrialEnd> => {
        expect(++calls).toBeLessThan(2000);
        const isShort = load > reach && !(flaky && calls % 3 === 0);
        return isShort ? { reached: reach } : { lossRatio: sharp(5e6)(load, 1) };
      };
      const found = await search({ goals, ...limits, measure });
      if (!flaky) expect(found.reached).toBeLessThanOrEqual(reach);
      if (!flaky && reach < 4.9e6) expect(ndr(found).irregularity).toBe("no upper bound");
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it("says so where not even the lowest is reached", async () => {
    const measure = async () => ({ reached: 10 });
    await expect(search({ goals, ...limits, measure })).rejects.toThrow("does not reach 9001");
  });
});

it("a search whose time is up says that its bounds are not narrow enough", async () => {
  let trials = 0;
  const found = await searchOn(sharp(1e6), { isTimeUp: () => ++trials > 6 });
  expect(ndr(found).irregularity).toBe("not narrow enough");
});
