import { expect, it } from "vitest";
import { formatRanks, rankRanges } from "../../src/statistics/rank-ranges.ts";

it("gives figures whose intervals overlap the same places", () => {
  const costs = [
    { low: 10, high: 12 },
    { low: 11, high: 13 },
    { low: 12.5, high: 14 },
    { low: 20, high: 21 },
  ];
  expect(rankRanges(costs).map(formatRanks)).toEqual(["1–2", "1–3", "2–3", "4"]);
});

it("ranks exact figures, and equal ones together", () => {
  const exact = [3, 1, 3].map((cost) => ({ low: cost, high: cost }));
  expect(rankRanges(exact).map(formatRanks)).toEqual(["2–3", "1", "2–3"]);
});
