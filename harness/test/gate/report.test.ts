import { XMLParser, XMLValidator } from "fast-xml-parser";
import { describe, expect, it } from "vitest";
import { type GateRow, toBaselineRow } from "../../src/gate/counted/gate-row.ts";
import { judgeRows } from "../../src/gate/counted/judge-counts.ts";
import { gateJson, gateJUnit } from "../../src/gate/report-files.ts";
import { formatGate, gateMarkdown } from "../../src/gate/report-text.ts";
import { thresholdsSchema } from "../../src/gate/thresholds.ts";
import type { CellVerdict, GateResult } from "../../src/gate/verdict.ts";
import { cells, row, rows } from "./rows-fixture.ts";

function result(after: readonly GateRow[], changes: Partial<GateResult> = {}): GateResult {
  const before = rows().flatMap((one) => toBaselineRow(one) ?? []);
  return {
    clock: "instructions",
    baseline: "results/baseline/b.csv",
    candidate: "revision 0123456789ab",
    startedAt: "2026-11-24T12:00:00.000Z",
    elapsedMs: 61_500,
    notes: ["a note"],
    ...judgeRows(before, after, thresholdsSchema.parse({})),
    ...changes,
  };
}

const mixed = result([row(cells.xdp, 6782 * 1.02), row(cells.virtual, 4321), row("xdp/tc", 5)]);

describe("the table", () => {
  it("has a line a cell with both figures, the change and what is allowed, the worst last", () => {
    const lines = formatGate(mixed, false).split("\n");
    const found = lines.findIndex((line) => line.includes(cells.xdp));
    expect(lines[found]).toMatch(/6,782 +6,918 +\+2\.00 % +1\.00 % +regression/);
    expect(lines.findIndex((line) => line.includes(cells.virtual))).toBeLessThan(found);
  });

  it("is followed by the counts, both sides and the notes", () => {
    const text = formatGate(mixed, false);
    expect(text).toMatch(/1 regression, 1 missing, 1 new, 1 pass; baseline .*b.csv, .*, 62 s/);
    expect(text).toMatch(/\na note$/);
  });

  it("shows interval and smallest visible change where a cell has them", () => {
    const estimate = { interval: { low: 0.99, high: 1.03 }, detectable: 0.021 };
    const wall = result(rows(), {
      cells: mixed.cells.map((cell): CellVerdict => ({ ...cell, ...estimate })),
    });
    expect(formatGate(wall, false)).toMatch(/-1\.00 % to \+3\.00 % +2\.10 %/);
  });

  it("names what differs and what could not be measured", () => {
    const other = result(rows().map((one) => ({ ...one, node: "24.1.0" })));
    expect(formatGate(other, false)).toMatch(/differs: Node: 26.10.0 → 24.1.0 \(can't be compared/);
    const broken = row(cells.xdp, null, {
      status: "failed",
      reason: "verification failed: lost 1",
    });
    expect(formatGate(result([broken]), false)).toMatch(/could not be measured: .*lost 1/);
  });
});

describe("Markdown", () => {
  it("is one table that says the verdicts in its title, the worst first", () => {
    const text = gateMarkdown(mixed);
    expect(text).toMatch(/^## Gate on instructions: 1 regression, 1 missing/);
    expect(text.indexOf("xdp/native")).toBeLessThan(text.indexOf("sriov-vf/vfio"));
  });

  it("lets no text of a message become markup", () => {
    const nasty = "| <img src=x> @all `rm`";
    const broken = row(cells.xdp, null, { status: "failed", reason: nasty });
    expect(gateMarkdown(result([broken]))).not.toMatch(/<img|@all|`rm`/);
  });
});

describe("JUnit XML", () => {
  const read = (text: string) => {
    expect(XMLValidator.validate(text)).toBe(true);
    const parser = new XMLParser({
      ignoreAttributes: false,
      isArray: (name) => name === "testcase",
    });
    return parser.parse(text).testsuites.testsuite;
  };

  it("has a test per cell; those that regressed or are missing fail", () => {
    const suite = read(gateJUnit(mixed, "fail"));
    expect(suite).toMatchObject({ "@_tests": "4", "@_failures": "2", "@_errors": "0" });
    const [xdp] = suite.testcase.filter((test: object) => "failure" in test);
    expect(xdp).toMatchObject({ "@_classname": "iopath.xdp" });
    expect(xdp.failure["@_message"]).toMatch(/regression: 6782 → 6917.64 .*\+2.00 %/);
  });

  it("skips an inconclusive cell when that is to pass, and fails it otherwise", () => {
    const other = result(rows().map((one) => ({ ...one, node: "24.1.0" })));
    expect(read(gateJUnit(other, "pass"))).toMatchObject({ "@_failures": "0", "@_skipped": "3" });
    expect(read(gateJUnit(other, "fail"))).toMatchObject({ "@_failures": "3", "@_skipped": "0" });
  });

  it("reports cells that could not be measured as errors, whatever their messages contain", () => {
    const reason = 'ended with "\u001b[31mENOBUFS\u001b[0m" <&> \u0000 ]]>\nat line 3';
    const broken = row(cells.xdp, null, { status: "failed", reason });
    const added = row("pvrdma/uc", null, { status: "failed", reason });
    const suite = read(gateJUnit(result([broken, added]), "pass"));
    expect(suite).toMatchObject({ "@_errors": "2" });
    const errors = suite.testcase.filter((test: object) => "error" in test);
    expect(errors[0].error["@_message"]).toMatch(/^ended with "ENOBUFS" <&> /);
  });
});

describe("JSON", () => {
  it("holds the exit status and every verdict", () => {
    const told = JSON.parse(gateJson(mixed, "fail"));
    expect(told).toMatchObject({ format: 1, exitStatus: 1, clock: "instructions" });
    expect(told.cells).toHaveLength(4);
  });
});
