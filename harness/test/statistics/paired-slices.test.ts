import { expect, it } from "vitest";
import { logsOfTurns, ratioOfTurns, sliceCost } from "../../src/statistics/paired-slices.ts";

it("a slice costs what its quicker windows do: interrupted ones don't count", () => {
  const calm = Array.from({ length: 30 }, (_, i) => 1000 + i);
  expect(sliceCost([...calm, 50_000, 80_000, 4000])).toBeLessThan(1010);
});

it("pairs the slices of each turn, and leaves out turns that a lane did not live to see", () => {
  const slices = { costsNs: [10, 20, 40], referenceNs: [20, 40] };
  expect(logsOfTurns(slices)).toEqual([Math.LN2, Math.LN2]);
  expect(ratioOfTurns(slices)).toEqual({ log: Math.LN2, spread: 0 });
  expect(ratioOfTurns({ costsNs: [10], referenceNs: [] })).toBeUndefined();
});
