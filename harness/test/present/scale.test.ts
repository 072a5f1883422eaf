import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatTick, spreadOut, ticksOf } from "../../src/present/figures/scale.ts";

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

describe("labels that are spread out", () => {
  const heights = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 30 });

  it("keep their order, their distance and their floor, and never move down", () => {
    fc.assert(
      fc.property(heights, fc.integer({ min: 1, max: 50 }), (wanted, gap) => {
        const placed = spreadOut(wanted, gap, 10);
        expect(placed).toHaveLength(wanted.length);
        const order = placed.toSorted((a, b) => a - b);
        for (const [i, place] of order.entries()) {
          expect(place).toBeGreaterThanOrEqual(10);
          if (i > 0) expect(place - order[i - 1]!).toBeGreaterThanOrEqual(gap);
        }
        for (const [i, height] of wanted.entries()) {
          expect(placed[i]!).toBeGreaterThanOrEqual(height);
          for (const [j, other] of wanted.entries()) {
            if (height < other) expect(placed[i]!).toBeLessThan(placed[j]!);
          }
        }
      }),
    );
  });
});
