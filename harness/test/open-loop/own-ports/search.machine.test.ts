/** A whole search on ports of a path's own, as `iopath search` makes it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { namesIfThere } from "@iopath/native";
import { parse } from "csv-parse/sync";
import { afterEach, expect, it } from "vitest";
import { performSearch } from "../../../src/cli/perform/search.ts";
import { cellOf } from "../fake-run.ts";

const triesMax = 3;
let folder = "";
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type CsvRow = Readonly<Record<string, string>>;
const rowsOf = (name: string): CsvRow[] =>
  parse(readFileSync(join(folder, name)), { columns: true });

async function search(): Promise<CsvRow> {
  folder = mkdtempSync(join(tmpdir(), "iopath-memif-"));
  const cell = cellOf({ path: "userspace-pmd", variant: "memif", realtime: true });
  const searches = { cells: [cell], modules: [] };
  const plan = { does: "search", searches, out: folder, waitMinutes: 0 } as const;
  await performSearch(plan, new AbortController().signal);
  return rowsOf("open-loop.csv")[0]!;
}

it("a search of memif ends with bounds, latencies, CPU time, and what bounds it", async () => {
  const before = namesIfThere("/run/netns");
  let row = await search();
  // A machine that others use may leave a search without a single bound; then it says so.
  for (let i = 1; i < triesMax && row.status !== "measured"; i++) {
    rmSync(folder, { recursive: true });
    row = await search();
  }
  expect(row).toMatchObject({ status: "measured", reason: "", place: "host", class: "virtual" });
  expect(row.placement).toMatch(/^generator and sink CPU \d+, forwarder CPU \d+/);
  expect(Number(row.pdr_lower_fps)).toBeGreaterThanOrEqual(Number(row.ndr_lower_fps));
  expect(row.bound_by).toMatch(/^(generator|tester|forwarder's CPU|ring|machine)$/);
  expect(Number(row.frames_forwarded)).toBeGreaterThan(0);
  expect([row.frames_reordered, row.frames_foreign]).toEqual(["0", "0"]);
  const loads = rowsOf("open-loop-latency.csv");
  expect(loads.map(({ load }) => load)).toContain("unloaded");
  for (const { p50_ns, max_ns } of loads) {
    expect(Number(p50_ns)).toBeGreaterThan(0);
    expect(Number(p50_ns)).toBeLessThanOrEqual(Number(max_ns));
  }
  const trials = rowsOf("open-loop-trials.csv");
  expect(trials.filter(({ invalid }) => invalid === "").every((one) => one.overflowed !== "")).toBe(
    true,
  );
  expect(namesIfThere("/run/netns")).toEqual(before);
});
