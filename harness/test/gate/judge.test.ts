import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type GateRow, toBaselineRow } from "../../src/gate/counted/gate-row.ts";
import { judgeRows } from "../../src/gate/counted/judge-counts.ts";
import { thresholdOf, thresholdsSchema } from "../../src/gate/thresholds.ts";
import { gateStatus } from "../../src/gate/verdict.ts";
import { cells, row, rows } from "./rows-fixture.ts";

const onePercent = thresholdsSchema.parse({});
const baseline = (of: readonly GateRow[]) => of.flatMap((one) => toBaselineRow(one) ?? []);
const judge = (before: readonly GateRow[], after: readonly GateRow[]) =>
  judgeRows(baseline(before), after, onePercent);
const verdictOf = (found: ReturnType<typeof judge>, cell: string) =>
  found.cells.find((entry) => entry.cell === cell);

describe("a cell's verdict", () => {
  it.each([
    [1, "pass"],
    [1.0099, "pass"],
    [1.0101, "regression"],
    [0.9901, "pass"],
    [0.9899, "improvement"],
  ])("at %d of the baseline is %s", (factor, verdict) => {
    expect(verdictOf(judge(rows(), rows(factor)), cells.xdp)?.verdict).toBe(verdict);
  });

  it("is missing when the candidate left it out, and when it could not be measured there", () => {
    const [socket, xdp] = rows();
    const left = judge(rows(), [socket!, xdp!]);
    expect(verdictOf(left, cells.virtual)).toMatchObject({ verdict: "missing", candidate: null });
    const skipped = judge(rows(), [socket!, xdp!, row(cells.virtual, null)]);
    expect(verdictOf(skipped, cells.virtual)).toMatchObject({
      verdict: "missing",
      reason: "skipped: no such device; get one",
    });
  });

  it("is new when the baseline has no figure, and left out when neither side has one", () => {
    const found = judge([], [row(cells.xdp, 5), row(cells.virtual, null)]);
    expect(found.cells.map(({ cell, verdict }) => [cell, verdict])).toEqual([[cells.xdp, "new"]]);
  });

  it.each([
    ["kernel", "6.1.0-40-amd64", /another kernel: 6.1.0-40-amd64 in the baseline, 6.1.0-50/],
    ["qemu", "7.2.1", /another QEMU: 7.2.1 in the baseline, 10.0.8 here/],
    ["node", "24.1.0", /another Node: 24.1.0/],
    [
      "cpu_model",
      "EPYC",
      /another CPU model: EPYC in the baseline, QEMU TCG CPU version 2.5\+ here/,
    ],
    [
      "guest_command",
      "qemu-system-x86_64 -machine q35 -smp 2 -m 1024",
      /another guest command line: 2 in the baseline, 1 here/,
    ],
  ])("is inconclusive with another %s, whatever the ratio", (column, value, reason) => {
    const before = rows().map((one) => ({ ...one, [column]: value }));
    const found = judge(before, rows(2));
    expect(found.cells.map(({ verdict }) => verdict)).toEqual(Array(3).fill("inconclusive"));
    expect(found.cells[0]?.reason).toMatch(reason);
    expect(found.differences).toMatchObject([{ baseline: value, decides: true }]);
  });

  it("does not depend on the version of iopath, which is reported", () => {
    const before = rows().map((one) => ({ ...one, iopath: "0.0.9" }));
    const found = judge(before, rows());
    expect(found.cells.every(({ verdict }) => verdict === "pass")).toBe(true);
    expect(found.differences).toMatchObject([{ what: "iopath", decides: false }]);
  });

  it("is a regression just when the ratio leaves the threshold", () => {
    const figure = fc.double({ min: 1, max: 1e6, noNaN: true });
    const check = (before: number, after: number) => {
      const found = judge([row(cells.xdp, before)], [row(cells.xdp, after)]).cells[0]!;
      expect(found.verdict === "regression").toBe(after / before > 1.01);
      expect(found.verdict === "improvement").toBe(after / before < 0.99);
    };
    fc.assert(fc.property(figure, figure, check));
  });
});

describe("a threshold", () => {
  const chosen = thresholdsSchema.parse({
    within: 0.01,
    cells: { xdp: 0.02, "xdp/native": 0.001, "xdp/nat": 0.5 },
  });

  it.each([
    [cells.xdp, 0.001],
    [`guest/igb/instructions/${cells.xdp}`, 0.001],
    ["xdp/generic/64B", 0.02],
    ["xdp", 0.02],
    [cells.virtual, 0.01],
  ])("of %s is %d: the longest part between slashes", (cell, within) => {
    expect(thresholdOf(chosen, cell)).toBe(within);
  });
});

describe("the exit status", () => {
  const failures = [{ cell: cells.xdp, reason: "verification failed" }];

  it("is that of the worst verdict", () => {
    const pass = judge(rows(), rows());
    const regression = judge(rows(), rows(2));
    const missing = judge(rows(), rows().slice(1));
    expect(gateStatus(pass, "fail")).toBe(0);
    expect(gateStatus(judge(rows(), rows(0.5)), "fail")).toBe(0);
    expect(gateStatus(regression, "pass")).toBe(1);
    expect(gateStatus(missing, "pass")).toBe(1);
    expect(gateStatus({ ...regression, failures }, "pass")).toBe(2);
  });

  it("of an inconclusive gate is the one that was asked for", () => {
    const other = rows().map((one) => ({ ...one, node: "24" }));
    const found = judge(other, rows());
    expect(gateStatus(found, "fail")).toBe(3);
    expect(gateStatus(found, "pass")).toBe(0);
  });

  it("is 2 for a cell that fails, which is no regression", () => {
    const broken = row(cells.xdp, null, { status: "failed", reason: "verification failed" });
    const found = judge(rows(), [...rows().filter(({ cell }) => cell !== cells.xdp), broken]);
    expect(found.failures).toEqual(failures);
    expect(gateStatus(found, "pass")).toBe(2);
  });
});
