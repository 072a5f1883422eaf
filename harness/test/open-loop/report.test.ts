import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPath, findVariant } from "@iopath/harness";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/environment/environment.ts";
import { cpuNsPerFrame, measureOpenLoop } from "../../src/open-loop/measure.ts";
import { describePlacement, placeOn } from "../../src/open-loop/placement.ts";
import { profiles } from "../../src/open-loop/profile.ts";
import { type TracedAttempt, writeOpenLoop } from "../../src/open-loop/report/files.ts";
import { emptyRow, latencyRowsOf, searchRowsOf } from "../../src/open-loop/report/rows-of.ts";
import { formatOpenLoop, gigabits } from "../../src/open-loop/report/table.ts";
import { fakeTrials, trialOf } from "./fake-trials.ts";

const variant = findVariant(findPath("xdp"), "af-xdp");
const placement = placeOn([0, 1], variant)!;
const names = {
  ...{ startedAt: "2026-11-30T00:00:00.000Z", environment: readEnvironment() },
  ...{ profile: "quick" as const, path: "xdp", variant, frameBytes: 64, burst: 64 },
  workload: "ipv4-forward",
} as const;

async function measuredParts() {
  const attempts: TracedAttempt[] = [];
  const device = { ...fakeTrials(700_000, 2e6), noise: async () => [[[0, 1e6]] as const] };
  const measured = await measureOpenLoop(device, {
    ...{ profile: profiles.quick, placement, realtime: false, searches: 2 },
    tell: (search, _doing, attempt) => {
      attempts.push({
        ...attempt,
        of: { path: "xdp", variant: "af-xdp", frame_bytes: 64, search },
      });
    },
  });
  return { names, placement, realtime: false, deviceMode: "native copy", measured, attempts };
}

describe("the rows of an open loop", () => {
  it("are one per search and one per load, and written as CSV", async () => {
    const parts = await measuredParts();
    const rows = [...searchRowsOf(parts), emptyRow(names, "skipped", "one CPU")];
    const latencies = latencyRowsOf(parts);
    expect(rows.map(({ search, status }) => [search, status])).toEqual([
      [1, "measured"],
      [2, "measured"],
      [1, "skipped"],
    ]);
    expect(rows[0]!.pdr_fps! / 700_000).toBeCloseTo(1, 1);
    expect(rows[0]!.mode).toBe("open-loop");
    expect(latencies.map(({ load }) => load)).toEqual([
      ...["unloaded", "10% of PDR", "50% of PDR", "90% of PDR"],
    ]);
    const folder = mkdtempSync(join(tmpdir(), "iopath-open-loop-"));
    writeOpenLoop(folder, { rows, latencies, attempts: parts.attempts });
    const lines = (name: string) => readFileSync(join(folder, name), "utf8").trim().split("\r\n");
    expect(lines("open-loop.csv")).toHaveLength(4);
    expect(lines("open-loop-latency.csv")).toHaveLength(5);
    expect(lines("open-loop-trials.csv")).toHaveLength(parts.attempts.length + 1);
    rmSync(folder, { recursive: true });
  });

  it("are a table that calls a quick figure no RFC 2544, and marks what is irregular", async () => {
    const parts = await measuredParts();
    const [row] = searchRowsOf(parts);
    const text = formatOpenLoop([row!], latencyRowsOf(parts));
    expect(text).toContain("Profile quick: short trials, no RFC 2544");
    expect(text).toContain("90% of PDR");
    const open = { ...row!, ndr_irregular: "no upper bound", pdr_irregular: "not narrow enough" };
    expect(formatOpenLoop([open as typeof row & object], [])).toMatch(/≥0\.\d+ +0\.\d+\?/);
    const strict = { ...row!, profile: "rfc2544-strict" as const };
    expect(formatOpenLoop([strict], [])).toContain("Trials of 60 s, as in RFC 2544.");
    expect(formatOpenLoop([emptyRow(names, "failed", "it died")], [])).toContain("failed: it died");
  });
});

it("a frame of 64 bytes takes 84 on the wire: 14.88 Mpps are 10 Gbit/s", () => {
  expect(gigabits(14_880_952, 64, 1)).toBeCloseTo(10, 5);
  expect(gigabits(14_880_952, 64, 2)).toBeCloseTo(7.619, 3);
});

describe("CPU time per frame", () => {
  it("of a polling forwarder is that of the time in which frames came", () => {
    const trial = trialOf({ offered: 1000, sendingNs: 5e8 }, {}, { softirqNs: 1e6 });
    expect(cpuNsPerFrame([trial], true)).toBe(501_000);
    expect(cpuNsPerFrame([trial], false)).toBe(1_001_000);
    expect(cpuNsPerFrame([trialOf({ forwarded: 0 })], true)).toBeNull();
  });
});

describe("the placement", () => {
  const attached = findVariant(findPath("xdp"), "native");

  it("needs two CPUs", () => {
    expect(placeOn([3], variant)).toBeUndefined();
  });

  it("gives the kernel's receiving to the forwarder's CPU where the kernel forwards", () => {
    expect(placeOn([2, 5, 7], attached)).toMatchObject({ testerCpu: 2, ingress: "forwarder" });
    expect(describePlacement(placeOn([2, 5], variant)!, true)).toBe(
      "generator CPU 2, kernel's receive CPU 2, forwarder and sink CPU 5, real-time",
    );
  });
});
