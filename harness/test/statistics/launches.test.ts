/** The interval over launches and the stop rule, on machines that are made up. */
import { describe, expect, it } from "vitest";
import { uniformFrom } from "../../src/statistics/bootstrap.ts";
import {
  estimateOver,
  intervalOfLogs,
  intervalOfRatio,
  launchesNeeded,
  studentQuantile,
} from "../../src/statistics/launches.ts";
import { ratioOfTurns } from "../../src/statistics/paired-slices.ts";

/** Draws of a machine, all from one seed. */
interface Draw {
  readonly uniform: () => number;
  readonly normal: () => number;
}

function drawFrom(seed: number): Draw {
  const uniform = uniformFrom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/** log(cost) of the slices of one turn, the cell's and the reference's, less what they cost. */
type Weather = (turn: number) => readonly [cell: number, reference: number];
/** A new launch begins: what the machine does during it. */
type Machine = (draw: Draw, launch: number) => Weather;

const slice = ({ normal }: Draw) => 0.01 * normal();

const machines: Readonly<Record<string, Machine>> = {
  "a quiet one": (draw) => () => [slice(draw), slice(draw)],
  "one with bursts": (draw) => () => {
    const burst = () => (draw.uniform() < 0.15 ? 0.5 * draw.uniform() : 0);
    return [slice(draw) + burst(), slice(draw) + burst()];
  },
  "one that drifts": (draw, launch) => (turn) => {
    const drift = 0.02 * launch + 0.003 * turn;
    return [slice(draw) + drift, slice(draw) + drift];
  },
  "one with two speeds, which change the ratio as well": (draw) => {
    let slow = draw.uniform() < 0.5;
    return () => {
      if (draw.uniform() < 0.1) slow = !slow;
      const state = slow ? 0.5 : 0;
      return [slice(draw) + state * 1.01, slice(draw) + state];
    };
  },
};

const turns = 60;
const levelSd = 0.005;

function launchOf(machine: Machine, draw: Draw, launch: number): number {
  const level = levelSd * draw.normal();
  const weather = machine(draw, launch);
  const slices = Array.from({ length: turns }, (_, turn) => weather(turn));
  return ratioOfTurns({
    costsNs: slices.map(([cell]) => 2000 * Math.exp(level + cell)),
    referenceNs: slices.map(([, reference]) => 4000 * Math.exp(reference)),
  })!.log;
}

const firstStage = 4;
const width = 0.01;
const launchesMax = 12;

/** Measures until the width is reached or the time is up. */
function measure(machine: Machine, draw: Draw): number[] {
  const logs = Array.from({ length: firstStage }, (_, i) => launchOf(machine, draw, i));
  const needed = launchesNeeded(logs, firstStage, width)!;
  while (logs.length < Math.min(needed, launchesMax)) {
    logs.push(launchOf(machine, draw, logs.length));
  }
  return logs;
}

describe("the interval over launches, with the stop rule", () => {
  const seed = 20_261_129;

  it.each(Object.entries(machines))(
    `holds the truth in 93 to 97 of 100 on %s (seed ${seed})`,
    (_, machine) => {
      const draw = drawFrom(seed);
      const far = Array.from({ length: 2000 }, (_, i) => launchOf(machine, draw, i % 6));
      const truth = far.reduce((sum, log) => sum + log, 0) / far.length;
      const tries = 1200;
      let held = 0;
      for (let i = 0; i < tries; i++) {
        const { mean, halfWidth } = estimateOver(measure(machine, draw), firstStage);
        if (Math.abs(mean - truth) <= halfWidth!) held++;
      }
      expect(held / tries).toBeGreaterThanOrEqual(0.93);
      expect(held / tries).toBeLessThanOrEqual(0.97);
    },
  );

  it(`finds equal cells equal in 93 of 100 (seed ${seed})`, () => {
    const draw = drawFrom(seed);
    let held = 0;
    const equal: Machine = (d, launch) => machines["one with bursts"]!(d, launch);
    for (let i = 0; i < 1000; i++) {
      const logs = measure(equal, draw).map((log) => log - Math.LN2);
      const { low, high } = intervalOfLogs(estimateOver(logs, firstStage))!;
      if (low <= 1 && 1 <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(930);
  });
});

describe("intervalOfRatio", () => {
  it("is around the ratio, and as wide as both intervals together, by squares of logarithms", () => {
    const { low, high } = intervalOfRatio(
      { value: 6, low: 6 / 1.03, high: 6 * 1.03 },
      { value: 3, low: 3 / 1.04, high: 3 * 1.04 },
    );
    const half = Math.hypot(Math.log(1.03), Math.log(1.04));
    expect(low).toBeCloseTo(2 * Math.exp(-half), 12);
    expect(high).toBeCloseTo(2 * Math.exp(half), 12);
  });

  it(`holds the truth in 93 of 100 of two runs of equal code (seed ${20_261_129})`, () => {
    const draw = drawFrom(20_261_129);
    const figure = () => {
      const estimate = estimateOver(measure(machines["one with bursts"]!, draw), firstStage);
      return { value: Math.exp(estimate.mean), ...intervalOfLogs(estimate)! };
    };
    let held = 0;
    for (let i = 0; i < 500; i++) {
      const { low, high } = intervalOfRatio(figure(), figure());
      if (low <= 1 && 1 <= high) held++;
    }
    expect(held).toBeGreaterThanOrEqual(465);
  });
});

describe("estimateOver", () => {
  it("gives no interval for one launch", () => {
    expect(estimateOver([0.5], 4)).toEqual({ mean: 0.5, halfWidth: undefined });
    expect(intervalOfLogs(estimateOver([0.5], 4))).toBeUndefined();
  });

  it("is Student's over two launches", () => {
    const { mean, halfWidth } = estimateOver([0, 0.02], 4);
    expect(mean).toBeCloseTo(0.01, 12);
    expect(halfWidth).toBeCloseTo((12.706 * 0.02) / Math.SQRT2 / Math.SQRT2, 6);
  });

  it("takes the spread of the first stage alone, and narrows with each launch", () => {
    const stage = [0, 0.01, 0.02, 0.01];
    const before = estimateOver(stage, 4).halfWidth!;
    const after = estimateOver([...stage, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5], 4).halfWidth!;
    expect(after).toBeCloseTo(before / 2, 12);
  });
});

describe("launchesNeeded", () => {
  it("is unknown before the first stage is over, or after a stage of one launch", () => {
    expect(launchesNeeded([0, 0.01, 0.02], 4, 0.02)).toBeUndefined();
    expect(launchesNeeded([0.01], 1, 0.02)).toBeUndefined();
  });

  it("is the number at which the interval is as narrow as asked", () => {
    const stage = [0, 0.01, 0.02, 0.01];
    const needed = launchesNeeded(stage, 4, 0.01)!;
    const widthAt = (n: number) =>
      2 * estimateOver([...stage, ...new Array<number>(n - 4).fill(0.01)], 4).halfWidth!;
    expect(widthAt(needed)).toBeLessThanOrEqual(0.01);
    expect(widthAt(needed - 1)).toBeGreaterThan(0.01);
  });

  it("is the first stage where that is enough", () => {
    expect(launchesNeeded([0, 0, 0, 0], 4, 0.02)).toBe(4);
  });
});

it.each([
  [11, 2.201],
  [20, 2.086],
  [30, 2.042],
  [100, 1.984],
])("knows Student's quantile of %i degrees of freedom", (freedom, expected) => {
  expect(studentQuantile(freedom)).toBeCloseTo(expected, 3);
});
