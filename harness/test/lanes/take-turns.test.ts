import { afterEach, expect, it, vi } from "vitest";
import { LaneError, type Slice } from "../../src/lanes/lane-process.ts";
import { spread } from "../../src/lanes/slices.ts";
import { takeTurns, type Weather } from "../../src/lanes/take-turns.ts";
import { uniformFrom } from "../../src/statistics/bootstrap.ts";
import { windowsPerSample } from "../../src/trial/loop/clock-cost.ts";

afterEach(() => vi.restoreAllMocks());

const steady: Weather = { clockOffsetMs: 1000, cpus: [0, 1] };
const slice = (costNs: number): Slice => ({ costNs, windowsNs: [costNs] });

/** Lanes that say when they had a slice, and what each answers. */
function fakeLanes(...answers: ((nth: number) => Slice)[]) {
  const order: number[] = [];
  const lanes = answers.map((answer, lane) => {
    let nth = 0;
    return async () => {
      order.push(lane);
      return answer(nth++);
    };
  });
  return { lanes, order };
}

const random = uniformFrom(7);
const cpu = 1;

it("gives each lane a slice a turn, in orders drawn by lot", async () => {
  const { lanes, order } = fakeLanes(...[1, 2, 3].map((cost) => () => slice(cost)));
  const taken = await takeTurns(lanes, { turns: 60, cpu, random, weather: () => steady });
  expect(taken.slices.map((list) => list.map(({ costNs }) => costNs))).toEqual(
    [1, 2, 3].map((cost) => new Array<number>(60).fill(cost)),
  );
  const turns = Array.from({ length: 60 }, (_, i) => order.slice(3 * i, 3 * i + 3));
  for (const turn of turns) expect(turn.toSorted()).toEqual([0, 1, 2]);
  expect(new Set(turns.map(String)).size).toBe(6);
});

it("goes on without a lane that dies, which alone has fewer slices", async () => {
  const dies = (nth: number) => {
    if (nth === 4) throw new LaneError("out of memory");
    return slice(1);
  };
  const { lanes } = fakeLanes(dies, () => slice(2));
  const { slices, dead } = await takeTurns(lanes, {
    turns: 10,
    cpu,
    random,
    weather: () => steady,
  });
  expect(slices.map(({ length }) => length)).toEqual([4, 10]);
  expect([...dead]).toEqual([[0, expect.objectContaining({ message: "out of memory" })]]);
});

it("throws away a turn in which the clock stepped or a CPU was gone, and counts it", async () => {
  const weathers: Weather[] = [
    ...[steady, { ...steady, clockOffsetMs: 1500 }],
    ...[steady, { ...steady, cpus: [1] }],
    ...[steady, { ...steady, cpus: [1, 2] }],
  ];
  let asked = 0;
  const weather = () => weathers[asked++] ?? steady;
  const { lanes } = fakeLanes((nth) => slice(nth));
  const taken = await takeTurns(lanes, { turns: 3, cpu, random, weather });
  expect(taken.discarded).toBe(3);
  expect(taken.slices[0]!.map(({ costNs }) => costNs)).toEqual([3, 4, 5]);
});

it("sees a clock that is set, and a machine that slept, by its own clocks", async () => {
  const wall = Date.now;
  let setBy = 0;
  vi.spyOn(Date, "now").mockImplementation(() => wall() + setBy);
  const { lanes } = fakeLanes((nth) => {
    // Forward as after a sleep of an hour, then back as by a user.
    if (nth === 1) setBy += 3_600_000;
    if (nth === 3) setBy -= 3_599_900;
    return slice(nth);
  });
  const taken = await takeTurns(lanes, { turns: 4, cpu, random });
  expect(taken.discarded).toBe(2);
  expect(taken.slices[0]!.map(({ costNs }) => costNs)).toEqual([0, 2, 4, 5]);
});

it("ends where no turn can be kept", async () => {
  let cpus = 0;
  const weather = () => ({ ...steady, cpus: [1, ++cpus] });
  const { lanes } = fakeLanes(() => slice(1));
  expect(await takeTurns(lanes, { turns: 5, cpu, random, weather })).toMatchObject({
    slices: [[]],
    discarded: 6,
  });
});

it("ends with the CPU of its lanes, with the turns before", async () => {
  let asked = 0;
  const weather = () => (asked++ < 5 ? steady : { ...steady, cpus: [0] });
  const { lanes } = fakeLanes((nth) => slice(nth));
  const taken = await takeTurns(lanes, { turns: 9, cpu, random, weather });
  expect(taken.slices[0]!.map(({ costNs }) => costNs)).toEqual([0, 1]);
  expect(taken.discarded).toBe(1);
});

it("rethrows what is not the error of one lane", async () => {
  const { lanes } = fakeLanes(() => {
    throw new Error("interrupted");
  });
  await expect(takeTurns(lanes, { turns: 5, cpu, random })).rejects.toThrow("interrupted");
});

it("keeps samples evenly over a slice, and all where there are few", () => {
  const samples = Array.from({ length: 100 }, (_, i) => i);
  expect(spread(samples, 4, () => 0.5)).toEqual([12, 37, 62, 87]);
  expect(spread([5, 6], 4)).toEqual([5, 6]);
});

it("makes a sample of as many windows as take 100 readings of the clock", () => {
  expect(windowsPerSample(110, 40)).toBe(37);
  expect(windowsPerSample(4000, 40)).toBe(1);
  expect(windowsPerSample(250_000, 40)).toBe(1);
});
