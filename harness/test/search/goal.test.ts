import { describe, expect, it } from "vitest";
import {
  classify,
  conditionalThroughput,
  type Goal,
  type MadeTrial,
} from "../../src/search/goal.ts";

const goal = (
  name: string,
  values: Pick<Goal, "finalTrialS" | "durationSumS" | "lossRatio" | "exceedRatio">,
): Goal => ({
  ...{ name, initialTrialS: 1, width: 0.005 },
  ...values,
});

/**
 * The Example Search of draft-ietf-bmwg-mlrsearch-15, which became RFC 9971: its goals, and its
 * trials at six points in time. Its tables say "Lower Bound" of the last goal at points 5 and 6; by
 * its own code, and its exceed ratios there of 42.857 % and 27.273 %, that is an upper bound.
 */
const goals = [
  goal("RFC2544", { finalTrialS: 60, durationSumS: 60, lossRatio: 0, exceedRatio: 0 }),
  goal("TST009", { finalTrialS: 60, durationSumS: 120, lossRatio: 0, exceedRatio: 0.5 }),
  goal("1s final", { finalTrialS: 1, durationSumS: 120, lossRatio: 0.005, exceedRatio: 0.5 }),
  goal("20% exceed", { finalTrialS: 60, durationSumS: 60, lossRatio: 0.005, exceedRatio: 0.2 }),
];
const some = (count: number, seconds: number, lossRatio: number): MadeTrial[] =>
  Array.from({ length: count }, () => ({ seconds, lossRatio }));
const added = [
  some(59, 1, 0),
  some(1, 1, 0.01),
  some(59, 1, 0.01),
  some(1, 1, 0),
  some(1, 60, 0.001),
  some(1, 60, 0),
];
const at = (point: number) => added.slice(0, point).flat();

describe("the example of the draft", () => {
  it.each([
    [1, ["undecided", "undecided", "undecided", "undecided"]],
    [2, ["upper bound", "undecided", "undecided", "undecided"]],
    [3, ["upper bound", "undecided", "undecided", "upper bound"]],
    [4, ["upper bound", "undecided", "lower bound", "upper bound"]],
    [5, ["upper bound", "undecided", "lower bound", "upper bound"]],
    [6, ["upper bound", "lower bound", "lower bound", "upper bound"]],
  ])("classifies the load at point %i", (point, expected) => {
    expect(goals.map((one) => classify(one, at(point)))).toEqual(expected);
  });

  it("has the conditional throughput of each goal whose lower bound the load is", () => {
    const rates = goals.slice(1).map((one) => conditionalThroughput(one, 1e6, at(6)));
    expect(rates.map(Math.round)).toEqual([1e6, 1e6, 999_000]);
  });
});

describe("conditional throughput", () => {
  it("takes missing trials for lost ones", () => {
    expect(conditionalThroughput(goals[1]!, 1e6, some(1, 60, 0))).toBe(1e6);
    expect(conditionalThroughput(goals[0]!, 1e6, some(1, 1, 0))).toBe(0);
  });
});
