import { expect, it } from "vitest";
import { deriveRows, type Row } from "../../src/index.ts";
import { noiseOf, noiseText } from "../../src/rows/noise.ts";
import { wholeRun } from "../journal-fixture.ts";

const rows = deriveRows(wholeRun());

/** The reference beside itself in turns, in each of its blocks. */
function withTwins(...ends: (readonly [low: number, high: number])[]): Row[] {
  let nth = 0;
  return rows.map((row) => {
    if (row.path !== "kernel-sockets") return row;
    const [speedup_low, speedup_high] = ends[nth++ % ends.length]!;
    return { ...row, turns: 400, speedup_low, speedup_high };
  });
}

it.each([
  ["quiet", 1.004, "This machine was quiet: equal code, measured twice, differs by 0.7 % at most."],
  [
    "usable",
    1.03,
    "This machine was usable: equal code, measured twice, differs by 3.0 % at most.",
  ],
  [
    "useless",
    1.2,
    "This machine was useless for differences below 20 %: equal code, measured twice, differs by 20 % at most.",
  ],
])("calls a machine %s by the widest interval of equal code", (word, high, text) => {
  const given = withTwins([0.993, 1.002], [0.995, high]);
  expect(noiseOf(given)!.word).toBe(word);
  expect(noiseText(given)).toBe(text);
});

it("says nothing where the reference was not measured twice", () => {
  expect(noiseText(rows)).toBe("");
});
