import { describe, expect, it } from "vitest";
import { buildReport } from "../../src/present/page/page.ts";
import { formatTable } from "../../src/present/terminal/table.ts";
import { deriveRows } from "../../src/rows/derive.ts";
import { formatFactor, scalingOf } from "../../src/rows/scaling.ts";
import { wholeRun } from "../journal-fixture.ts";
import { parsePage } from "../parse-page.ts";

const rows = deriveRows(wholeRun()).filter(({ p50 }) => p50 !== null);
const [one] = rows as [(typeof rows)[0]];
const two = { ...one, cell: `${one.cell}/workers2`, workers: 2, flows: 2, p50: one.p50! * 1.25 };

describe("scaling", () => {
  it("is frames per second of all workers, divided by those of one", () => {
    const scaling = scalingOf(two, [one, two])!;
    expect(scaling.factor).toBeCloseTo(1.6);
    expect(scaling.framesPerSecond).toBeCloseTo(2e9 / two.p50);
    expect(formatFactor(scaling)).toBe("1.60 of 2");
  });

  it("is unknown where one worker was not measured, and empty for one worker", () => {
    expect(scalingOf(two, [two])!.factor).toBeNull();
    expect(scalingOf(one, [one, two])).toBeUndefined();
  });

  it("is a section of the page, with a table per class", () => {
    const other = { ...two, class: "hardware" as const, place: "hardware" as const };
    const single = { ...one, class: "hardware" as const, place: "hardware" as const };
    const { page } = buildReport(wholeRun(), [one, two, single, other]);
    const section = [...parsePage(page).querySelectorAll("section")].find(
      (found) => found.querySelector("h2")?.textContent === "Scaling",
    )!;
    const classes = [...section.querySelectorAll(".class")].map((chip) => chip.textContent);
    expect(classes).toEqual(["virtual", "hardware"]);
    expect(section.querySelectorAll("tbody tr")).toHaveLength(2);
    expect(section.querySelector("meter")!.getAttribute("value")).toBe("1.600");
    expect(section.querySelector("meter")!.textContent).toBe("1.60 of 2");
  });

  it("is shown in the table of a run with several workers, and only there", () => {
    expect(formatTable([one, two])).toContain("1.60 of 2");
    expect(formatTable([one])).not.toContain("scaling");
  });
});
