import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { cpuNsPerFrame } from "../../src/open-loop/measure.ts";
import { openLoopRunOf, writeOpenLoop } from "../../src/open-loop/report/files.ts";
import { type OpenLoopRun, readOpenLoop } from "../../src/open-loop/report/json.ts";
import type { Ground } from "../../src/open-loop/run/events.ts";
import { formatOpenLoop } from "../../src/present/open-loop/table.ts";
import { gigabits } from "../../src/present/open-loop/words.ts";
import { cellOf, fakeMachine, fakeRun, newFolder } from "./fake-run.ts";
import { trialOf } from "./fake-trials.ts";

let found: OpenLoopRun;
beforeAll(async () => {
  // The driver of DPDK's null device has no interface that a tester could send to.
  const skipped = cellOf({ path: "userspace-pmd", variant: "net-null" });
  found = openLoopRunOf(await fakeRun([cellOf({ searches: 2 }), skipped]));
});

describe("the rows of an open loop", () => {
  it("are one per search and one per load", () => {
    const { rows, latencies } = found;
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
  });

  it("have trials that say what they were made for", () => {
    const purposes = new Set(found.trials.map(({ purpose }) => purpose));
    expect([...purposes]).toEqual(["search", ...found.latencies.map(({ load }) => load)]);
  });

  it("are written as CSV and as JSON, which is read again as it was", () => {
    const folder = newFolder();
    writeOpenLoop(folder, found);
    const lines = (name: string) => readFileSync(join(folder, name), "utf8").trim().split("\r\n");
    expect(lines("open-loop.csv")).toHaveLength(4);
    expect(lines("open-loop-latency.csv")).toHaveLength(5);
    expect(lines("open-loop-trials.csv")).toHaveLength(found.trials.length + 1);
    expect(readOpenLoop(join(folder, "open-loop.json"))).toEqual(found);
    rmSync(folder, { recursive: true });
  });

  it("are a table that says what a single search does not know", async () => {
    const note = "The bounds of a single search know nothing of the next one";
    const [first, second] = found.rows;
    expect(formatOpenLoop([first!], [])).toContain(note);
    expect(formatOpenLoop([first!, second!], [])).not.toContain(note);
  });

  it("are a table that calls a quick figure no RFC 2544, and marks what is irregular", () => {
    const [row] = found.rows;
    const text = formatOpenLoop([row!], found.latencies);
    expect(text).toContain("Profile quick: short trials, no RFC 2544");
    expect(text).toContain("90% of PDR");
    const open = { ...row!, ndr_irregular: "no upper bound", pdr_irregular: "not narrow enough" };
    expect(formatOpenLoop([open as typeof row & object], [])).toMatch(/≥0\.\d+ +0\.\d+\?/);
    const strict = { ...row!, profile: "rfc2544-strict" as const };
    expect(formatOpenLoop([strict], [])).toContain("Trials of 60 s, as in RFC 2544.");
    const failed = { ...row!, status: "failed" as const, reason: "it died" };
    expect(formatOpenLoop([failed], [])).toContain("failed: it died");
  });
});

describe("between cards", () => {
  const ground: Ground = { class: "hardware", place: "hardware", lineMbits: 1000, notes: [] };

  it("rows name class and line rate, and tables the share of it", async () => {
    const machine = fakeMachine({ ground });
    const { rows, latencies } = openLoopRunOf(await fakeRun([cellOf()], { machine }));
    expect(rows[0]).toMatchObject({ class: "hardware", place: "hardware", line_mbits: 1000 });
    expect(rows[0]!.placement).toContain("kernel's receive where the ports interrupt");
    // 0.69 million frames of 84 bytes per second.
    expect(formatOpenLoop(rows, latencies)).toMatch(/of line rate.*\n.* 46 % /);
  });

  it("ports that a kernel plays have no line rate", () => {
    expect(found.rows[0]!.line_mbits).toBeNull();
    expect(formatOpenLoop(found.rows, [])).not.toContain("of line rate");
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
