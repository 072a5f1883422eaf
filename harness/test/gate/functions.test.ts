import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { afterAll, describe, expect, it } from "vitest";
import { loadBaseline, writeBaseline } from "../../src/gate/baseline.ts";
import { toBaselineRow } from "../../src/gate/counted/gate-row.ts";
import { judgeRows } from "../../src/gate/counted/judge-counts.ts";
import { keepFunctions, readKept } from "../../src/gate/counted/kept-functions.ts";
import { nameFunctions } from "../../src/gate/counted/name-functions.ts";
import { gateJUnit } from "../../src/gate/report-files.ts";
import { formatGate, gateMarkdown } from "../../src/gate/report-text.ts";
import type { GateResult } from "../../src/gate/verdict.ts";
import { expandMatrix } from "../../src/matrix/cell.ts";
import { type Config, checkConfig } from "../../src/matrix/config.ts";
import type { OwnCost } from "../../src/profile/difference.ts";
import type { ProfiledCell } from "../../src/run/profile-cells.ts";
import { row } from "./rows-fixture.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-functions-"));
afterAll(() => rmSync(folder, { recursive: true }));

const guest = { place: "guest", clock: "instructions", frameBytes: [64], windows: [64] } as const;
const config = checkConfig(
  [
    { ...guest, machine: "igb", paths: { xdp: ["native", "tc"] } },
    { ...guest, machine: "igb", paths: { xdp: ["generic"] } },
  ],
  "test",
);
const [native, tc, generic] = expandMatrix(config).map(({ id }) => id) as [string, string, string];

const functionsBefore: OwnCost[] = [
  { frame: { name: "veth_xmit", object: "[veth]" }, own: 200 },
  { frame: { name: "bpf_prog_0123456789abcdef_forward", object: "[bpf]" }, own: 74 },
  { frame: { name: "*exchange exchange.ts:29", object: "harness/exchange.ts" }, own: 30 },
  { frame: { name: "small", object: "kernel" }, own: 0.4 },
];

/** The program has 40 more, another line is a little dearer, and one of a file moved. */
function profileOf({ id }: { id: string }): ProfiledCell["profile"] {
  const stack = (name: string, object: string, count: number) => {
    return { frames: [{ name, object }], count };
  };
  const stacks = [
    stack("veth_xmit", "[veth]", 200.5),
    stack("bpf_prog_fedcba9876543210_forward", "[bpf]", 114),
    stack("*exchange exchange.ts:35", "harness/exchange.ts", 30),
    stack("fresh", "kernel", 3),
    stack("small", "kernel", 0.4),
  ];
  return { cell: id, window: 1, p50: 1, stacks };
}

const baselineRows = [row(native, 7000), row(tc, 7000), row(generic, 9000)];
const file = join(folder, "base.csv");
writeBaseline(
  file,
  baselineRows.flatMap((one) => toBaselineRow(one) ?? []),
);
keepFunctions(file, new Map([native, tc, generic].map((cell) => [cell, functionsBefore])));

const thresholds = { within: 0.001, cells: {} };
const candidate = [row(native, 7044), row(tc, 7000), row(generic, 9000)];
const result: GateResult = {
  ...({ clock: "instructions", baseline: "b", candidate: "c", notes: [] } as const),
  ...{ startedAt: "2026-11-24T12:00:00.000Z", elapsedMs: 1 },
  ...judgeRows(
    baselineRows.flatMap((one) => toBaselineRow(one) ?? []),
    candidate,
    thresholds,
  ),
};

const asked: Config[] = [];
const profile = async (sections: Config) => {
  asked.push(sections);
  return expandMatrix(sections).map((cell) => ({ cell, profile: profileOf(cell) }));
};
const kept = (cell: string) => readKept(loadBaseline(file, file), cell);
const named = await nameFunctions(result, { config, kept, profile });

describe("a gate that fails", () => {
  it("profiles the sections of the cells that got dearer, and no others", () => {
    expect(asked).toEqual([[config[0]]]);
  });

  it("names the functions that got dearer, most first, and keeps its verdicts", () => {
    const functions = named.cells.map((cell) => cell.functions);
    expect(named.cells.map(({ verdict }) => verdict)).toEqual(["regression", "pass", "pass"]);
    expect(functions).toEqual([
      [
        {
          ...{ name: "bpf_prog_fedcba9876543210_forward", object: "[bpf]" },
          ...{ baseline: 74, candidate: 114 },
        },
        { name: "fresh", object: "kernel", baseline: 0, candidate: 3 },
      ],
      undefined,
      undefined,
    ]);
  });

  it("says them below its table, in Markdown and in JUnit", () => {
    const line = "+40.0 bpf_prog_fedcba9876543210_forward (74.0 → 114.0; [bpf])";
    expect(formatGate(named, false)).toContain(
      `dearer in ${native}, instructions per frame:\n  ${line}\n  +3.0 fresh (0.0 → 3.0; kernel)`,
    );
    expect(gateMarkdown(named).replaceAll("\\", "")).toContain(line);
    expect(gateJUnit(named, "fail")).toMatch(/<failure message="[^"]*; dearer: \+40\.0 bpf_prog_/);
  });
});

describe("a gate that fails without functions", () => {
  it("says that the baseline keeps none", async () => {
    const none = await nameFunctions(result, { config, kept: () => undefined, profile });
    expect(none.notes).toEqual([expect.stringContaining("keeps no functions")]);
    expect(none.cells).toEqual(result.cells);
  });

  it("says why they could not be profiled, and fails as it would", async () => {
    const broken = async () => {
      throw new IopathError(ExitStatus.cannotRun, "no gcc", { remedy: "install it" });
    };
    const told = await nameFunctions(result, { config, kept, profile: broken });
    expect(told.notes).toEqual([expect.stringMatching(/no gcc.*install it/s)]);
    expect(told.cells).toEqual(result.cells);
  });

  it("profiles nothing when no cell got dearer", async () => {
    const before = asked.length;
    const good = { ...result, cells: result.cells.slice(1) };
    expect(await nameFunctions(good, { config, kept, profile })).toEqual(good);
    expect(asked).toHaveLength(before);
  });
});

describe("what is kept", () => {
  it("is a file per cell in a folder beside the baseline, without what executes next to nothing", () => {
    expect(readdirSync(join(folder, "base"))).toHaveLength(3);
    expect(kept(native)).toEqual(functionsBefore.slice(0, 3));
  });

  it("goes when it is no longer known", () => {
    const other = join(folder, "other.csv");
    writeBaseline(
      other,
      baselineRows.flatMap((one) => toBaselineRow(one) ?? []),
    );
    keepFunctions(other, new Map([[native, functionsBefore]]));
    keepFunctions(other, new Map([[native, undefined]]));
    expect(readKept(loadBaseline(other, other), native)).toBeUndefined();
  });
});
