import { describe, expect, it } from "vitest";
import { deriveRows } from "../src/rows.ts";
import { formatFactor, scalingOf } from "../src/scaling.ts";
import { formatTable } from "../src/terminal/table.ts";
import { wholeRun } from "./journal-fixture.ts";

const rows = deriveRows(wholeRun()).filter(({ p50 }) => p50 !== null);
const [one] = rows as [(typeof rows)[0]];
const two = { ...one, cell: `${one.cell}/workers2`, workers: 2, flows: 2, p50: one.p50! * 1.25 };

describe("scaling", () => {
  it("is frames a second of all workers, against those of one", () => {
    const scaling = scalingOf(two, [one, two])!;
    expect(scaling.factor).toBeCloseTo(1.6);
    expect(scaling.framesPerSecond).toBeCloseTo(2e9 / two.p50);
    expect(formatFactor(scaling)).toBe("1.60 of 2");
  });

  it("is unknown where one worker was not measured, and none of one worker", () => {
    expect(scalingOf(two, [two])!.factor).toBeNull();
    expect(scalingOf(one, [one, two])).toBeUndefined();
  });

  it("is shown in the table of a run with several workers, and only there", () => {
    expect(formatTable([one, two])).toContain("1.60 of 2");
    expect(formatTable([one])).not.toContain("scaling");
  });
});
