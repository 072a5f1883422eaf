import { expect, it } from "vitest";
import { deriveRows, type Row } from "../../src/index.ts";
import { liveTable } from "../../src/present/terminal/live-table.ts";
import { wholeRun } from "../journal-fixture.ts";

const half = 1.009;
const rows = deriveRows(wholeRun()).map((row): Row => {
  const speedUp = row.speedup_over_reference;
  const ends = { speedup_low: speedUp && speedUp / half, speedup_high: speedUp && speedUp * half };
  return { ...row, ...ends, turns: 100, trials: 2 };
});
const all = { width: 120, lines: 40 };

it("has a line for each variant, and a column for each size and window", () => {
  const [noise, heads, ...lines] = liveTable(rows, all);
  expect(noise).toMatch(/^This machine was quiet/);
  expect(heads).toMatch(/^ +64 B, w1 +512 B, w1 +64 B, w64 +512 B, w64$/);
  expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual([
    "tester-only direct",
    "kernel-sockets packet-mmsg",
    "xdp native",
  ]);
  expect(lines[2]).toMatch(/^xdp native +(2\.00× ±0\.9 % *){4}$/);
});

it("says of a cell of one launch that it is one, and of others why there is no figure", () => {
  const given = rows.map((row): Row => {
    if (row.path !== "xdp") return row;
    if (row.window === 1) return { ...row, trials: 1 };
    return { ...row, p50: null, speedup_over_reference: null, status: "failed" };
  });
  expect(liveTable(given, all).at(-1)).toMatch(
    /^xdp native +2\.00× 1 launch +2\.00× 1 launch +failed +failed$/,
  );
});

it("has all columns from the beginning, and each where it stays", () => {
  const begun = rows.map((row): Row => {
    if (row.window === 1) return { ...row, trials: 1 };
    return { ...row, turns: null, p50: null, speedup_over_reference: null, status: "incomplete" };
  });
  const [before, after] = [liveTable(begun, all).slice(-4), liveTable(rows, all).slice(-4)];
  expect(before[0]).toBe(after[0]);
  expect(before.map((line) => line.length)).toEqual(after.map((line) => line.length));
  expect(before.at(-1)).toMatch(/^xdp native +2\.00× 1 launch +2\.00× 1 launch +… +…$/);
});

it("is written shorter where it would be too wide, and names paths where it must", () => {
  const also = rows.filter(({ path }) => path === "xdp");
  const more = also.map((row): Row => ({ ...row, path: "kernel-sockets" }));
  const given = [...rows, ...more].map((row): Row => {
    return row.window === 1 ? { ...row, trials: 1 } : row;
  });
  const lines = liveTable(given, { width: 84, lines: 40 });
  for (const line of lines) expect(line).not.toContain("…");
  expect(lines.slice(-4).map((line) => line.split(/ {2,}/))).toEqual([
    ["tester-only", expect.anything(), expect.anything(), expect.anything(), expect.anything()],
    ["packet-mmsg", ...["1.00× ±?", "1.00× ±?", "1.00× ±0.9%", "1.00× ±0.9%"]],
    ["xdp native", ...["2.00× ±?", "2.00× ±?", "2.00× ±0.9%", "2.00× ±0.9%"]],
    ["kernel-sockets native", ...["2.00× ±?", "2.00× ±?", "2.00× ±0.9%", "2.00× ±0.9%"]],
  ]);
});

it("is no larger than its place, and says what it leaves out", () => {
  const lines = liveTable(rows, { width: 50, lines: 4 });
  expect(lines).toHaveLength(4);
  expect(lines.at(-1)).toBe("2 more lines");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(50);
  expect(liveTable(rows, { width: 50, lines: 0 })).toEqual([]);
});

it("is empty where nothing was measured in turns", () => {
  expect(liveTable(deriveRows(wholeRun()), all)).toEqual([]);
});
