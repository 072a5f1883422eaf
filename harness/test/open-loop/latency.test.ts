import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { describe, expect, it } from "vitest";
import { addBins, type Bins, binCount, binOf, lowestOf } from "../../src/open-loop/bins.ts";
import { encodeBins, floorOf, quantilesOf, usableTo } from "../../src/open-loop/latency.ts";
import { arrivalsOf, watchNoise } from "../../src/open-loop/noise.ts";

describe("a bin", () => {
  it("has all latencies from its lowest up to the next one's", () => {
    for (let bin = 0; bin < binCount - 2; bin++) {
      expect(binOf(lowestOf(bin))).toBe(bin);
      expect(binOf(lowestOf(bin + 1) - 1)).toBe(bin);
    }
  });

  it("is 0.8 % wide at most", () => {
    for (let bin = 128; bin < binCount - 2; bin++) {
      expect((lowestOf(bin + 1) - lowestOf(bin)) / lowestOf(bin)).toBeLessThanOrEqual(1 / 128);
    }
  });
});

/** Each of 1 to 100,000 ns once. */
const even = addBins([Array.from({ length: 100_000 }, (_, i) => [binOf(i + 1), 1] as const)]);

describe("the quantiles of bins", () => {
  it("are right within a bin", () => {
    const { p50, p99, p999 } = quantilesOf(even);
    expect(p50! / 50_000).toBeCloseTo(1, 1);
    expect(p99! / 99_000).toBeCloseTo(1, 1);
    expect(p999! / 99_900).toBeCloseTo(1, 1);
  });

  it("are left out where too few frames lie beyond", () => {
    const few: Bins = [[100, 400]];
    expect(quantilesOf(few)).toMatchObject({ p50: 100, p90: 100, p99: null, p9999: null });
  });

  it("are the same in HdrHistogram's own form", () => {
    const decoded = decodeFromCompressedBase64(encodeBins(even));
    expect(decoded.totalCount).toBe(100_000);
    expect(decoded.getValueAtPercentile(50)).toBe(quantilesOf(even).p50);
  });
});

describe("the floor", () => {
  it("is what arrivals wait that meet a gap: half of a gap on average, none without gaps", () => {
    const waits = arrivalsOf([1e6], 2e6);
    const { p50, p90 } = quantilesOf(waits);
    expect(p50).toBeLessThan(20_000);
    expect(p90! / 800_000).toBeCloseTo(1, 1);
    expect(quantilesOf(arrivalsOf([], 1e6)).p99).toBe(0);
  });

  it("is watched by a clock that jumps where the CPU was gone", () => {
    let now = 0;
    const clock = () => {
      now += now > 4e5 && now < 4.1e5 ? 5e5 : 50;
      return now;
    };
    const waits = watchNoise(1e-3, clock);
    expect(quantilesOf(waits).p90).toBeGreaterThan(250_000);
  });

  it("says up to which quantile latencies are the path's", () => {
    const floor = floorOf([arrivalsOf([100_000], 1e8), arrivalsOf([], 1e8)]);
    expect(floor.p99).toBe(0);
    expect(floor.p9999).toBeGreaterThan(50_000);
    const measured = { p50: 1000, p90: 2000, p99: 3000, p999: 9000, p9999: 60_000 };
    expect(usableTo(measured, floor)).toBe("p999");
    expect(usableTo({ ...measured, p50: null }, floor)).toBe("");
  });
});
