import { describe, expect, it } from "vitest";
import {
  formatCompact,
  formatFigure,
  formatFine,
  formatPercent,
  formatRatio,
} from "../../src/present/number-format.ts";

describe("a number", () => {
  it("has its digits in threes, and a tenth only where it matters", () => {
    expect([0, 99.6, 1234.5, 1e9].map(formatFigure)).toEqual([
      "0",
      "100",
      "1,235",
      "1,000,000,000",
    ]);
    expect([0.04, 54.26, 99.94, 100.4].map(formatFine)).toEqual(["0.0", "54.3", "99.9", "100"]);
  });

  it("is shortened where it need not be exact", () => {
    expect([980, 18_000, 4_049_000].map(formatCompact)).toEqual(["980", "18K", "4.05M"]);
  });

  it("is a ratio or a share with its sign", () => {
    expect([formatRatio(1.999), formatRatio(null)]).toEqual(["2.00×", ""]);
    expect([formatPercent(0.0312), formatPercent(0, true), formatPercent(-0.5, true)]).toEqual([
      "3.12 %",
      "+0.00 %",
      "-50.00 %",
    ]);
  });
});
