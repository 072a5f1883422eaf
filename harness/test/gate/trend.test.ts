import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Point } from "../../src/gate/gate-history.ts";
import { formatTrends, otavaConfig, trendsOf } from "../../src/gate/trend.ts";
import { findChangePoints } from "../../src/statistics/change-points.ts";
import { cells } from "./rows-fixture.ts";

/** Noise that is the same each time, between -0.5 and 0.5. */
const noise = (i: number) => ((i * 7919) % 101) / 101 - 0.5;

describe("findChangePoints", () => {
  it("finds none in a series that does not change", () => {
    expect(findChangePoints(Array.from({ length: 40 }, () => 6782))).toEqual([]);
    expect(findChangePoints(Array.from({ length: 40 }, (_, i) => 1000 + noise(i) * 10))).toEqual(
      [],
    );
  });

  it("finds each step where it is, with the means of both sides", () => {
    const level = (i: number) => (i < 12 ? 1000 : i < 25 ? 1030 : 1010);
    const series = Array.from({ length: 40 }, (_, i) => level(i) + noise(i));
    const found = findChangePoints(series);
    expect(found.map(({ index }) => index)).toEqual([12, 25]);
    expect(found[0]!.before).toBeCloseTo(1000, 0);
    expect(found[0]!.after).toBeCloseTo(1030, 0);
  });

  it("leaves out a change that is exact and too small to matter", () => {
    const series = Array.from({ length: 20 }, (_, i) => (i < 10 ? 10_000 : 10_001));
    expect(findChangePoints(series)).toEqual([]);
    expect(findChangePoints(series, { magnitude: 0 })).toHaveLength(1);
  });

  it("finds a step in any place that has enough figures on both sides", () => {
    const check = (index: number, factor: number) => {
      const series = Array.from(
        { length: 30 },
        (_, i) => (i < index ? 500 : 500 * factor) + noise(i),
      );
      expect(findChangePoints(series).map((point) => point.index)).toEqual([index]);
    };
    const place = fc.integer({ min: 6, max: 24 });
    const factors = fc.constantFrom(0.8, 0.95, 1.05, 1.5);
    fc.assert(fc.property(place, factors, check), { numRuns: 20 });
  });

  it("says nothing about fewer figures than it needs", () => {
    expect(findChangePoints([])).toEqual([]);
    expect(findChangePoints([1, 2, 3, 40, 50])).toEqual([]);
  });
});

describe("the trend", () => {
  const history = Array.from({ length: 20 }, (_, i): Point => {
    const kernel = i < 10 ? "6.1.0-49" : "6.1.0-50";
    const [branch, commit] = ["main", `c${String(i).padStart(2, "0")}`];
    return {
      attributes: { time: `t${i}`, branch, commit, kernel, qemu: "10", node: "26" },
      figures: new Map([
        [cells.xdp, i < 10 ? 6782 : 6900],
        ...(i > 14 ? ([[cells.virtual, 4321]] as const) : []),
      ]),
    };
  });

  it("marks a change with its size, time, commits, and what else changed then", () => {
    const text = formatTrends(trendsOf(history), false);
    expect(text).toMatch(
      /xdp\/native.*: \+1\.74 % at t10, c09 → c10, kernel 6.1.0-49 → 6.1.0-50\n/,
    );
    expect(text).toMatch(/▁▁▁▁▁▁▁▁▁▁██████████/);
  });

  it("covers one branch when asked to", () => {
    expect(trendsOf(history, "other")).toEqual([]);
  });

  it("names to Otava the cells that every gate of the branch measured", () => {
    const attributes = { ...history[0]!.attributes, branch: "main@wall" };
    const wall: Point = { attributes, figures: new Map([["host", 5]]) };
    const metricsOf = (branch?: string) => {
      const config = otavaConfig([wall, ...history], "/h.csv", branch);
      return Object.keys(
        (config as { tests: { iopath: { metrics: object } } }).tests.iopath.metrics,
      );
    };
    expect(metricsOf()).toEqual([cells.xdp]);
    expect(metricsOf("main@wall")).toEqual(["host"]);
  });
});
