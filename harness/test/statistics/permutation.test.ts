import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  binomialTail,
  holm,
  lowerMedian,
  medianInterval,
  permutationPValue,
} from "../../src/statistics/permutation.ts";
import { playPairs, uniformFrom } from "../gate/paired/noise.ts";

const finite = fc.double({ min: -1, max: 1, noNaN: true, noDefaultInfinity: true });
const some = fc.array(finite, { minLength: 1, maxLength: 12 });

/** The test as a textbook has it: all 2^n signs. */
function enumeratedPValue(values: readonly number[], nullValue: number): number {
  const shifted = values.map((value) => value - nullValue);
  const seen = lowerMedian(shifted);
  if (!(seen > 0)) return 1;
  const all = 2 ** shifted.length;
  let extreme = 0;
  for (let signs = 0; signs < all; signs++) {
    const drawn = shifted.map((value, i) =>
      (signs >> i) & 1 ? Math.abs(value) : -Math.abs(value),
    );
    if (lowerMedian(drawn) >= seen) extreme++;
  }
  return extreme / all;
}

describe("the permutation test over pairs", () => {
  it("gives what all permutations give, without making them", () => {
    fc.assert(
      fc.property(some, fc.double({ min: -0.5, max: 0.5, noNaN: true }), (values, nullValue) => {
        const exact = enumeratedPValue(values, nullValue);
        expect(permutationPValue(values, nullValue)).toBeCloseTo(exact, 10);
      }),
      { numRuns: 200 },
    );
  });

  it("is as small as its pairs allow when all agree", () => {
    expect(permutationPValue([0.05, 0.05, 0.05, 0.05, 0.05], 0)).toBeCloseTo(
      4 * 2 ** -5 + 2 * 2 ** -5 + 10 * 2 ** -5,
      10,
    );
  });

  it("alarms on equal code no more often than its level, on a machine that others use", () => {
    const random = uniformFrom(1);
    const machine = {
      sliceNoise: 0.03,
      burstChance: 0.05,
      burstCost: 0.4,
      drift: 0.01,
      launchBias: 0,
    };
    const tries = 2000;
    let alarms = 0;
    for (let i = 0; i < tries; i++) {
      const pairs = playPairs(random, { effect: 0, launches: 2, pairs: 20 }, machine);
      if (permutationPValue(pairs, 0) <= 0.05) alarms++;
    }
    // 5 % and three standard deviations of such a count.
    expect(alarms / tries).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / tries));
  });

  it("loses to no value that is not a number", () => {
    expect(permutationPValue([], 0)).toBe(1);
    expect(permutationPValue([Number.NaN, 0.1], 0)).toBe(1);
  });
});

describe("the tail of the binomial distribution", () => {
  it("is 1 from 0 on, and half of all for the upper half of an odd number", () => {
    expect(binomialTail(10, 0)).toBeCloseTo(1, 12);
    expect(binomialTail(1001, 501)).toBeCloseTo(0.5, 9);
    expect(binomialTail(10, 11)).toBe(0);
    expect(binomialTail(10, 10)).toBeCloseTo(2 ** -10, 14);
  });
});

describe("Holm's correction", () => {
  it("multiplies the smallest by the number of tests, the next by one less, and keeps the order", () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  });

  it("never makes a p-value smaller, nor larger than their number times as much", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (ps) => {
        for (const [i, corrected] of holm(ps).entries()) {
          expect(corrected).toBeGreaterThanOrEqual(ps[i]!);
          expect(corrected).toBeLessThanOrEqual(Math.min(1, ps[i]! * ps.length) + 1e-12);
        }
      }),
    );
  });
});

describe("the interval of a median", () => {
  it("holds the true one as often as it says", () => {
    const random = uniformFrom(2);
    const tries = 2000;
    let outside = 0;
    for (let i = 0; i < tries; i++) {
      const pairs = playPairs(
        random,
        { effect: 0.02, launches: 1, pairs: 40 },
        {
          sliceNoise: 0.03,
          burstChance: 0,
          burstCost: 0,
          drift: 0,
          launchBias: 0,
        },
      );
      const { low, high } = medianInterval(pairs, 0.025);
      if (low > Math.log1p(0.02) || high < Math.log1p(0.02)) outside++;
    }
    expect(outside / tries).toBeLessThan(0.05 + 3 * Math.sqrt((0.05 * 0.95) / tries));
    expect(outside).toBeGreaterThan(0);
  });

  it("is infinite with too few values to say", () => {
    expect(medianInterval([0.1, 0.2], 0.025)).toEqual({ low: -Infinity, high: Infinity });
  });
});
