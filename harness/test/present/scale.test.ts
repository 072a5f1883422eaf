import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ticksIn } from "../../src/present/figures/glance-figure.ts";
import { costAxis, formatTick, spreadOut, ticksOf } from "../../src/present/figures/scale.ts";

describe("ticks of a logarithmic axis", () => {
  it("are one, two and five of a decade, or its powers alone where there are many", () => {
    expect(ticksOf(90, 1100)).toEqual([100, 200, 500, 1000]);
    expect(ticksOf(0.9, 20_000)).toEqual([1, 10, 100, 1000, 10_000]);
    expect(ticksOf(3, 4)).toEqual([]);
  });

  it("are written short from a thousand on", () => {
    expect([5, 999, 1000, 2500].map(formatTick)).toEqual(["5", "999", "1K", "2.5K"]);
  });
});

describe("an axis of costs", () => {
  const cell = (p50: number) => ({ p10: p50 * 0.9, p50, p90: p50 * 1.2 });

  it("begins at 0 where the dearest cell is up to 20 times the cheapest", () => {
    const { isLog, domain } = costAxis([cell(100), cell(2000)], 3);
    expect([isLog, domain[0]]).toEqual([false, 0]);
    expect(domain[1]).toBeGreaterThan(2400);
  });

  it("is logarithmic where one costs over 20 times another, with room for all", () => {
    const { isLog, domain, ticks } = costAxis([cell(10), cell(4000), cell(9000)], 3);
    expect(isLog).toBe(true);
    expect(domain[0]).toBeLessThan(9);
    expect(domain[1]).toBeGreaterThan(10_800);
    expect(ticks).toEqual([10, 100, 1000, 10_000]);
  });

  it("is there where nothing was measured", () => {
    expect(costAxis([{ p10: null, p50: null, p90: null }], 3).domain).toEqual([0, 1.04]);
  });
});

describe("ticks of ratios", () => {
  it("are as many powers of two as have room for their texts", () => {
    expect(ticksIn([0.8, 3])).toEqual([1, 2]);
    expect(ticksIn([0.35, 3])).toEqual([0.5, 1, 2]);
    expect(ticksIn([0.29, 20.3])).toEqual([1, 4, 16]);
    expect(ticksIn([0.005, 1100]).length).toBeGreaterThan(1);
  });
});

describe("labels that are spread out", () => {
  const heights = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 30 });

  it("keep their order, their distance and their bounds", () => {
    fc.assert(
      fc.property(heights, fc.integer({ min: 1, max: 50 }), (wanted, gap) => {
        const placed = spreadOut(wanted, gap, [10, 500]);
        expect(placed).toHaveLength(wanted.length);
        const order = placed.toSorted((a, b) => a - b);
        const room = Math.min(gap, 490 / Math.max(1, wanted.length - 1));
        for (const [i, place] of order.entries()) {
          expect(place).toBeGreaterThan(10 - 1e-6);
          expect(place).toBeLessThan(500 + 1e-6);
          if (i > 0) expect(place - order[i - 1]!).toBeGreaterThan(room - 1e-6);
        }
        for (const [i, height] of wanted.entries()) {
          for (const [j, other] of wanted.entries()) {
            if (height < other) expect(placed[i]!).toBeLessThan(placed[j]!);
          }
        }
      }),
    );
  });

  it("are pushed down where they would be pushed out above", () => {
    expect(spreadOut([90, 95, 99], 10, [0, 100])).toEqual([80, 90, 100]);
    expect(spreadOut([5, 50, 99], 10, [0, 100])).toEqual([5, 50, 99]);
    expect(spreadOut([99, 99, 99], 80, [0, 100])).toEqual([0, 50, 100]);
  });
});
