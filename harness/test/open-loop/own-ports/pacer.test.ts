/** Which frames are due, by clocks that are made. */
import { describe, expect, it } from "vitest";
import { Pacer } from "../../../src/open-loop/tester/own-ports/pacer.ts";
import { intendedFrames, paceOf } from "../../../src/open-loop/tester/pacing.ts";

const burst = 64;

/** A pacer that looks at a clock which takes a step before each look. */
function pacerWith(rate: number | undefined, seconds: number) {
  const now = new Float64Array([12_345]);
  const pacer = new Pacer(now, burst);
  pacer.begin(paceOf(rate, seconds));
  const dueAfter = (ns: number) => {
    now[0]! += ns;
    return pacer.due();
  };
  return { pacer, dueAfter };
}

describe("a paced loop", () => {
  it("sends the first frame at its first look, and the others when they are due", () => {
    const { pacer, dueAfter } = pacerWith(1e6, 1);
    const due = [0, 400, 400, 400, 2000, 1000].map(dueAfter);
    expect(due).toEqual([1, 0, 0, 1, 2, 1]);
    expect(pacer).toMatchObject({ offered: 5, early: 2, skipped: 0, firstAtNs: 12_345 });
    expect(pacer.lastAtNs).toBe(12_345 + 4200);
  });

  it.each([
    [10_000, 137],
    [1e6, 150],
    [7_654_321, 311],
    [20e6, 2100],
  ])("offers %i frames per second whatever a round takes", (rate, roundNs) => {
    const seconds = 0.05;
    const { pacer, dueAfter } = pacerWith(rate, seconds);
    while (dueAfter(roundNs) >= 0);
    expect(pacer.offered).toBe(intendedFrames(rate, seconds));
    const tookNs = pacer.lastAtNs - pacer.firstAtNs;
    const shouldTakeNs = ((pacer.offered - 1) / rate) * 1e9;
    expect(tookNs).toBeGreaterThanOrEqual(shouldTakeNs - 1);
    expect(tookNs).toBeLessThan(shouldTakeNs + roundNs + 1);
    expect(pacer.skipped).toBe(0);
  });

  it("falls short of a rate of which its rounds are too slow, and says how often it gave up", () => {
    const { pacer, dueAfter } = pacerWith(10e6, 0.05);
    while (dueAfter(10_000) >= 0);
    expect(pacer.offered / (0.05 * 1e9)).toBeCloseTo(burst / 10_000, 4);
    expect(pacer.skipped).toBeGreaterThan(0);
    expect(pacer.early).toBe(0);
  });

  it("catches up what it is late by for a short time, in bursts", () => {
    const { pacer, dueAfter } = pacerWith(1e6, 1);
    dueAfter(0);
    expect([99_000, 100, 100].map(dueAfter)).toEqual([64, 35, 0]);
    expect(pacer).toMatchObject({ offered: 100, skipped: 0 });
  });

  it("gives up what it is late by for longer, once", () => {
    const { pacer, dueAfter } = pacerWith(1e6, 1);
    dueAfter(0);
    expect([800_000, 100, 950].map(dueAfter)).toEqual([64, 1, 1]);
    expect(pacer).toMatchObject({ offered: 67, skipped: 1 });
  });

  it("without a rate has a whole burst due at each look, until its time is over", () => {
    const { pacer, dueAfter } = pacerWith(undefined, 1e-6);
    expect([0, 300, 300, 300, 300].map(dueAfter)).toEqual([64, 64, 64, 64, -1]);
    expect(pacer.offered).toBe(4 * burst);
  });

  it("sends no more than the trial is meant to have, and nothing after its time", () => {
    const { dueAfter } = pacerWith(1000, 0.002);
    expect([0, 1e6, 1e6].map(dueAfter)).toEqual([1, 1, -1]);
    const late = pacerWith(1000, 0.002);
    expect([0, 9e6].map(late.dueAfter)).toEqual([1, -1]);
  });

  it("starts anew with each trial", () => {
    const { pacer, dueAfter } = pacerWith(1e6, 1);
    [0, 1e4, 1e4].map(dueAfter);
    pacer.begin(paceOf(1e6, 1));
    expect(pacer).toMatchObject({ offered: 0, early: 0, skipped: 0 });
    expect([5000, 100, 1000].map(dueAfter)).toEqual([1, 0, 1]);
  });
});
