import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { formatBaseline, loadBaseline, parseBaseline } from "../../src/gate/baseline.ts";
import { toBaselineRow } from "../../src/gate/counted/gate-row.ts";
import { updateBaseline } from "../../src/gate/counted/update.ts";
import { cells, row, rows } from "./rows-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-baseline-"));
afterAll(() => rmSync(folder, { recursive: true }));

const whole = rows().flatMap((one) => toBaselineRow(one) ?? []);
const text = formatBaseline(whole);

describe("a baseline", () => {
  it("is read as it was written, in the order of its cells", () => {
    expect(parseBaseline(text, "b")).toEqual(whole.toSorted((a, b) => (a.cell < b.cell ? -1 : 1)));
  });

  it("that was cut anywhere is refused", () => {
    const cut = fc.integer({ min: 0, max: text.length - 1 });
    const check = (at: number) => {
      expect(() => parseBaseline(text.slice(0, at), "b")).toThrow(/^b /);
    };
    fc.assert(fc.property(cut, check), { numRuns: 300 });
  });

  it.each([
    ["other columns", text.replace("cell,", "name,"), /b has no column cell/],
    ["a cell twice", `${text}${text.split("\n")[1]}\n`, /b holds the cell .* twice/],
    ["a line between two", text.split("\n").toSpliced(2, 1).join("\n"), /b was cut: 2 of 3 rows/],
    [
      "a figure that is not a number",
      text.replace("6782", "cheap"),
      /b has p10 "cheap" in line \d/,
    ],
    ["no figure", text.replace("6782", ""), /b has p10 ""/],
    ["a clock of its own", text.replace("instructions,", "sundial,"), /b has clock "sundial"/],
    ["nothing in it", "", /b holds no rows/],
    ["something else in it", "<html>\n", /b /],
  ])("with %s is refused by name", (_what, damaged, message) => {
    expect(() => parseBaseline(damaged, "b")).toThrow(message);
  });

  it("that is not there is refused with the remedy", () => {
    const missing = expect.objectContaining({ remedy: expect.stringMatching(/baseline update/) });
    expect(() => loadBaseline(undefined, join(folder, "none.csv"))).toThrow(missing);
    expect(() => loadBaseline("HEAD", "results/baseline/none.csv")).toThrow(missing);
    expect(() => loadBaseline("no-such-thing", "results/baseline/none.csv")).toThrow(
      /neither a file nor a revision/,
    );
    expect(() => loadBaseline("--output=/tmp/x", "results/baseline/none.csv")).toThrow(
      /neither a file nor a revision/,
    );
  });
});

describe("an update", () => {
  const file = join(folder, "baseline.csv");
  const candidate = (list: ReturnType<typeof rows>, isPart = false) => ({
    name: "now",
    rows: list,
    isPart,
  });
  const read = () => parseBaseline(readFileSync(file, "utf8"), file);

  it("writes every cell that has a figure and says which have none", () => {
    const told = updateBaseline(candidate([...rows(), row("xdp/tc/64B", null)]), file);
    expect(read()).toHaveLength(3);
    expect(told).toMatch(/3 cells measured[\s\S]*skipped: xdp\/tc/);
  });

  it("of some cells leaves the others as they were", () => {
    updateBaseline(candidate([row(cells.xdp, 7000)], true), file);
    expect(read().map(({ p10 }) => p10)).toEqual([13_637.5, 4321, 7000]);
  });

  it("of all cells drops those that no longer exist, and says so", () => {
    expect(updateBaseline(candidate(rows().slice(1)), file)).toMatch(
      /no longer in it: kernel-sock/,
    );
    expect(read()).toHaveLength(2);
  });

  it.each([
    ["a cell failed", [...rows(), row("xdp/tc/64B", null, { status: "failed" as const })]],
    ["nothing was measured", [row(cells.xdp, null)]],
    ["all is wall time", rows().map((one) => ({ ...one, clock: "wall" as const }))],
  ])("is refused when %s, and the old one stays", (_what, list) => {
    const before = readFileSync(file, "utf8");
    expect(() => updateBaseline(candidate(list), file)).toThrow(/no baseline is made/);
    expect(readFileSync(file, "utf8")).toBe(before);
  });

  it("replaces a damaged baseline as a whole, and refuses to replace part of it", () => {
    writeFileSync(file, "cell,p10\nx");
    expect(() => updateBaseline(candidate([row(cells.xdp, 1)], true), file)).toThrow(/cut off/);
    updateBaseline(candidate(rows()), file);
    expect(read()).toHaveLength(3);
    expect(readdirSync(folder)).toEqual(["baseline.csv"]);
  });
});
