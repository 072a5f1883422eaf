import { describe, expect, it } from "vitest";
import { type Evidence, judge, type Limits } from "../../../src/gate/paired/judge-pairs.ts";
import { playPairs, sharedMachine, uniformFrom } from "./noise.ts";

const limits: Limits = { threshold: 0.01, mustSee: 0.03, alpha: 0.01, beta: 0.05, looksMax: 6 };
const shape = { launches: 2, pairs: 60 };
const cells = 3;

/** A whole gate: looks until each cell is decided, or no look is left. */
function playGate(random: () => number, effect: number, machine = sharedMachine) {
  const evidence: Evidence[] = Array.from({ length: cells }, () => ({ pairs: [], floor: 0.005 }));
  let decided = evidence.map(() => "inconclusive");
  for (let look = 0; look < limits.looksMax; look++) {
    for (const [i, cell] of evidence.entries()) {
      if (decided[i] !== "inconclusive") continue;
      const more = playPairs(random, { effect, ...shape }, machine);
      evidence[i] = { ...cell, pairs: [...cell.pairs, ...more] };
    }
    const found = judge(evidence, limits);
    decided = decided.map((was, i) => (was === "inconclusive" ? found[i]!.verdict : was));
  }
  return decided;
}

function countGates(
  seed: number,
  gates: number,
  effect: number,
  verdict: string,
  machine = sharedMachine,
) {
  const random = uniformFrom(seed);
  let found = 0;
  for (let i = 0; i < gates; i++) {
    if (playGate(random, effect, machine).includes(verdict)) found++;
  }
  return found;
}

describe("a paired gate", () => {
  it("calls equal code a pass, on a machine that others use", () => {
    const random = uniformFrom(1);
    expect(playGate(random, 0)).toEqual(["pass", "pass", "pass"]);
  });

  it("alarms on code within the threshold in no more gates than alpha, however often it looks", () => {
    // At the threshold itself, where alarms are most likely.
    const machine = { ...sharedMachine, launchBias: 0 };
    expect(countGates(2, 300, 0.01, "regression", machine)).toBeLessThanOrEqual(
      3 + 3 * Math.sqrt(3),
    );
  });

  it("misses a difference that must be seen in no more gates than cells × beta", () => {
    const machine = { ...sharedMachine, launchBias: 0 };
    const most = 100 * cells * 0.05;
    expect(countGates(3, 100, 0.03, "pass", machine)).toBeLessThanOrEqual(
      most + 3 * Math.sqrt(most),
    );
  });

  it.each([0.03, 0.05, 0.1])("finds %d more work in 19 of 20 gates or more", (effect) => {
    expect(countGates(4, 100, effect, "regression")).toBeGreaterThanOrEqual(95);
  });

  it("says inconclusive when there is more noise than difference", () => {
    const random = uniformFrom(5);
    const pairs = playPairs(random, { effect: 0, launches: 1, pairs: 8 });
    expect(judge([{ pairs, floor: 0 }], limits)[0]).toMatchObject({ verdict: "inconclusive" });
  });

  it("calls less work an improvement", () => {
    expect(playGate(uniformFrom(6), -0.05)).toEqual(["improvement", "improvement", "improvement"]);
  });

  it("takes the machine's floor for the threshold where the floor is higher", () => {
    const pairs = playPairs(uniformFrom(7), { effect: 0.04, launches: 4, pairs: 60 });
    const [quiet, uneven] = [0, 0.05].map((floor) => judge([{ pairs, floor }], limits)[0]!);
    expect(quiet).toMatchObject({ verdict: "regression", threshold: 0.01 });
    expect(uneven).toMatchObject({ verdict: "inconclusive", threshold: 0.05 });
  });

  it("detects a difference as large as it says it can", () => {
    const random = uniformFrom(8);
    const equal = playPairs(random, { effect: 0, ...shape });
    const { detectable } = judge([{ pairs: equal, floor: 0 }], limits)[0]!;
    let found = 0;
    for (let i = 0; i < 200; i++) {
      const pairs = playPairs(random, { effect: detectable, ...shape });
      if (judge([{ pairs, floor: 0 }], limits)[0]!.verdict === "regression") found++;
    }
    expect(detectable).toBeLessThan(0.06);
    expect(found).toBeGreaterThanOrEqual(150);
  });
});
