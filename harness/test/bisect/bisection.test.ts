/** The search on figures that are made up: no kernel boots. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bisect, type Finding } from "../../src/bisect/bisection.ts";

/** Figures in the order of the list; null for one that could not be measured. */
async function search(figures: readonly (number | null)[], within = 0.002) {
  const asked: number[][] = [];
  const measure = async (indices: readonly number[]) => {
    asked.push([...indices]);
    return indices.map((index): Finding => {
      const figure = figures[index]!;
      return figure === null ? { problem: `${index} does not boot` } : { figure };
    });
  };
  const found = await bisect({ count: figures.length, within, measure });
  return { ...found, asked };
}

describe("bisect", () => {
  it("finds the neighbours between which a figure changed, wherever it did, up or down", async () => {
    const property = fc.asyncProperty(
      fc.integer({ min: 2, max: 200 }),
      fc.nat(),
      fc.constantFrom(1100, 900),
      async (count, place, after) => {
        const step = 1 + (place % (count - 1));
        const figures = Array.from({ length: count }, (_, i) => (i < step ? 1000 : after));
        const { outcome, findings } = await search(figures);
        expect(outcome).toEqual({ kind: "found", from: step - 1, to: step });
        expect(findings.size).toBeLessThanOrEqual(2 + Math.ceil(Math.log2(count)));
      },
    );
    await fc.assert(property);
  });

  it("measures both ends at once, and one after the other from then on", async () => {
    const { asked } = await search([1, 1, 1, 2, 2]);
    expect(asked).toEqual([[0, 4], [2], [3]]);
  });

  it("goes where the larger part of a change in several steps lies", async () => {
    const { outcome } = await search([1000, 1000, 1030, 1030, 1030, 1200, 1200]);
    expect(outcome).toEqual({ kind: "found", from: 4, to: 5 });
  });

  it("is not led away by what differs within the spread", async () => {
    const { outcome } = await search([1000, 1001.5, 1000, 1001, 1050, 1049]);
    expect(outcome).toEqual({ kind: "found", from: 3, to: 4 });
  });

  it("looks at neighbours of one that could not be measured, and asks for none twice", async () => {
    const { outcome, findings, asked } = await search([1, null, null, null, 1, 2, 2]);
    expect(outcome).toEqual({ kind: "found", from: 4, to: 5 });
    expect(findings.get(3)).toEqual({ problem: "3 does not boot" });
    expect(new Set(asked.flat()).size).toBe(asked.flat().length);
  });

  it("says between which two, where none between them could be measured", async () => {
    const { outcome, findings } = await search([1, 1, null, null, 2, 2]);
    expect(outcome).toEqual({ kind: "found", from: 1, to: 4 });
    expect([2, 3].every((index) => "problem" in findings.get(index)!)).toBe(true);
  });

  it("ends where the change is in steps too small to be told", async () => {
    const figures = Array.from({ length: 9 }, (_, i) => 1000 + i);
    const { outcome } = await search(figures, 0.006);
    expect(outcome).toEqual({ kind: "gradual", from: 0, to: 8 });
  });

  it("looks no further when the ends are alike", async () => {
    const { outcome, asked } = await search([1000, 3000, 1001]);
    expect(outcome).toEqual({ kind: "ends alike" });
    expect(asked).toEqual([[0, 2]]);
  });

  it.each([
    [[null, 1, 2], 0],
    [[1, 1, null], 2],
  ])("looks no further when an end has no figure: %j", async (figures, index) => {
    const { outcome, asked } = await search(figures);
    expect(outcome).toEqual({ kind: "no figure", index });
    expect(asked).toHaveLength(1);
  });

  it("of two kernels is a comparison", async () => {
    const { outcome, asked } = await search([1, 2]);
    expect(outcome).toEqual({ kind: "found", from: 0, to: 1 });
    expect(asked).toHaveLength(1);
  });
});
