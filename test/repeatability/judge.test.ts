import type { Row } from "@iopath/harness";
import { expect, it } from "vitest";
import { formatRepeats, isRepeatable, repeatsOf, shareExpected } from "./judge.ts";

function row(name: string, speedUp: number | null, half = 0.01, more: Partial<Row> = {}): Row {
  const [path, variant] = name.split("/");
  return {
    ...{ cell: name, path, variant, clock: "wall", p50: speedUp && 1000, stand_in: "" },
    speedup_over_reference: speedUp,
    speedup_low: speedUp && speedUp * (1 - half),
    speedup_high: speedUp && speedUp * (1 + half),
    ...more,
  } as Row;
}

const memory = { stand_in: "no device" };

it("finds cells that repeat near, and those that do not far", () => {
  const runs = [2, 2.03, 2.06].map((speedUp) => [
    row("xdp/native", speedUp),
    row("userspace-pmd/ring", speedUp, 0.01, memory),
  ]);
  const { cells } = repeatsOf(runs);
  expect(cells.map(({ near, kind }) => [kind, near])).toEqual([
    ["kernel", 3],
    ["memory", 3],
  ]);
  expect(isRepeatable(repeatsOf(runs))).toBe(true);
  const far = [...runs, [row("xdp/native", 2.3), row("userspace-pmd/ring", 2.1, 0.01, memory)]];
  expect(repeatsOf(far).cells.map(({ near }) => near)).toEqual([2, 4]);
  expect(isRepeatable(repeatsOf(far))).toBe(false);
});

it("counts intervals that hold the median of the others, and those of equal code that hold 1", () => {
  const runs = [2, 2.01, 2.1].map((speedUp) => [
    row("xdp/native", speedUp),
    row("kernel-sockets/packet-mmsg", speedUp / 2),
  ]);
  const { cells, equal } = repeatsOf(runs);
  // Of 2 the others' median is 2.055, of 2.01 it is 2.05, of 2.1 it is 2.005.
  expect(cells[0]).toMatchObject({ held: 0, judged: 3 });
  expect(equal).toEqual({ intervals: 3, holdOne: 2 });
});

it("leaves out cells that some run has no figure of, and counted ones", () => {
  const counted = { clock: "instructions" } as const;
  const runs = [2, null].map((speedUp) => [
    row("xdp/native", speedUp),
    row("xdp/tc", 2, 0.01, counted),
  ]);
  expect(repeatsOf(runs).cells).toEqual([]);
});

it("knows how often right intervals hold another median", () => {
  expect(shareExpected(2)).toBeCloseTo(0.834, 3); // as two equal figures do
  expect(shareExpected(5)).toBeCloseTo(0.91, 2);
  expect(shareExpected(1000)).toBeCloseTo(0.95, 3);
});

it("says all of it in Markdown", () => {
  const runs = [2, 2.01].map((speedUp) => [row("xdp/native", speedUp)]);
  const text = formatRepeats(repeatsOf(runs));
  expect(text).toContain("of cells that cross the kernel: 2 of 2 (100.0 %)");
  expect(text).toContain("| `xdp/native` | kernel | 2.000, 2.010 | 0.2 % | 2 | 2 of 2 |");
});
