/** What a run of searches is shown as: the page, Markdown, metrics. */
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLoopRunOf } from "../../src/open-loop/report/files.ts";
import type { OpenLoopRun } from "../../src/open-loop/report/json.ts";
import { searchedCells } from "../../src/open-loop/report/over-searches.ts";
import { openLoopMarkdown } from "../../src/present/open-loop/markdown.ts";
import { openLoopReport } from "../../src/present/open-loop/page.ts";
import { writeOpenLoopReport } from "../../src/present/open-loop/write.ts";
import { cellOf, fakeRun, newFolder } from "../open-loop/fake-run.ts";
import { parsePage } from "../parse-page.ts";

const folder = newFolder();
afterAll(() => rmSync(folder, { recursive: true }));

let found: OpenLoopRun;
beforeAll(async () => {
  const cells = [
    cellOf({ searches: 2 }),
    cellOf({ frameBytes: 1518 }),
    cellOf({ path: "userspace-pmd", variant: "net-null" }),
  ];
  found = openLoopRunOf(await fakeRun(cells));
});

describe("the page of a run of searches", () => {
  it("has four figures of each cell that was measured, and one of each size", () => {
    const { figures } = openLoopReport(found);
    const kinds = Map.groupBy(figures, ({ file }) => file.split("-")[0]!);
    expect([...kinds].map(([kind, own]) => [kind, own.length])).toEqual([
      ...[["rates", 2] as const, ["throughput", 2] as const, ["trace", 2] as const],
      ...[["latency", 2] as const, ["percentiles", 2] as const],
    ]);
  });

  it("says which profile it is of, what bounds a rate, and why a cell has none", () => {
    const text = parsePage(openLoopReport(found).page).body.textContent ?? "";
    expect(text).toContain("Profile quick: short trials, no RFC 2544");
    expect(text).toContain(found.rows[0]!.bound);
    expect(text).toContain("the ports of userspace-pmd/net-null are one process");
  });

  it("takes what others wrote as text", () => {
    const [row, ...others] = found.rows;
    const bound = "<script>alert(1)</script>";
    const { page } = openLoopReport({ ...found, rows: [{ ...row!, bound }, ...others] });
    expect(page).not.toContain("<script>");
  });

  it("is there for a run without any figure", () => {
    const rows = found.rows.filter(({ status }) => status === "skipped");
    const { page, figures } = openLoopReport({ ...found, rows, latencies: [], trials: [] });
    expect(figures).toEqual([]);
    expect(page).toContain("No search of this run has a figure.");
  });

  it("takes the place of an earlier one, figures included", () => {
    writeFileSync(join(folder, "trace-old-cell.svg"), "");
    writeFileSync(join(folder, "trace.txt"), "");
    writeOpenLoopReport(folder, found);
    expect(existsSync(join(folder, "open-loop.html"))).toBe(true);
    expect(readdirSync(folder)).not.toContain("trace-old-cell.svg");
    expect(readdirSync(folder)).toContain("trace.txt");
  });
});

describe("the rate of several searches", () => {
  const [row] = [() => found.rows[0]!];
  const over = (...changes: Partial<OpenLoopRun["rows"][number]>[]) =>
    searchedCells(changes.map((change, i) => ({ ...row!(), search: i + 1, ...change })))[0]!.ndr;

  it("lies between the lowest lower and the highest upper bound", () => {
    const rate = over(
      { ndr_fps: 100, ndr_lower_fps: 100, ndr_upper_fps: 104 },
      { ndr_fps: 110, ndr_lower_fps: 110, ndr_upper_fps: 112 },
      { ndr_fps: 106, ndr_lower_fps: 106, ndr_upper_fps: 108 },
    );
    expect(rate).toEqual({ median: 106, low: 100, high: 112, spread: 10 / 106 });
  });

  it("is open above where a search found no upper bound, and begins at 0 without a lower one", () => {
    expect(over({ ndr_upper_fps: null }, {}).high).toBeNull();
    expect(over({ ndr_fps: null, ndr_lower_fps: null }, {}).low).toBe(0);
    expect(over({ ndr_fps: null, ndr_lower_fps: null }).median).toBeNull();
  });
});

it("Markdown has a line a cell, latencies, and what bounds each", () => {
  const text = openLoopMarkdown(found);
  expect(text).toMatch(/\| xdp\/af-xdp\/64B \| 2 \| 0\.\d+ \|/);
  expect(text).toMatch(/\| xdp\/af-xdp\/1518B \| 90% of PDR \|/);
  expect(text).toContain("| cell | what bounds PDR |");
  expect(text).toMatch(
    /\| userspace-pmd\/net-null\/64B \| skipped \| the ports of userspace-pmd\/net-null/,
  );
});
