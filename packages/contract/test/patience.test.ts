import { ipv4Forward } from "@iopath/workloads";
import { afterEach, expect, it, vi } from "vitest";
import { Judge, newPatience } from "../src/index.ts";

afterEach(() => vi.restoreAllMocks());

/** A machine on which an hour goes by between two looks at the clock. */
function slowMachine(): void {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => (now += 3_600_000));
}

it("is not over on a slow machine while frames come", () => {
  slowMachine();
  const patience = newPatience();
  for (let i = 0; i < 1000; i++) {
    patience.saw(1);
    patience.saw(0);
    expect(patience.isOver()).toBe(false);
  }
});

it("is over when nothing came in so many steps, and not before so much time", () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const patience = newPatience(500);
  patience.saw(1);
  for (; now < 499; now++) {
    patience.saw(0);
    expect(patience.isOver()).toBe(false);
  }
  for (let step = 0; step < 2; step++, now++) patience.saw(0);
  expect(patience.isOver()).toBe(true);
});

it("is not over for a machine that stood still, however many steps there were before", () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const patience = newPatience(500);
  for (let i = 0; i < 1000; i++) patience.saw(0);
  now = 3_600_000;
  patience.saw(0);
  expect(patience.isOver()).toBe(false);
});

it("counts the steps since the last frame", () => {
  const patience = newPatience();
  patience.saw(0);
  patience.saw(3);
  expect(patience.quietSteps).toBe(0);
  patience.saw(0);
  patience.saw(0);
  expect(patience.quietSteps).toBe(2);
});

it("ends with the last unexpected frame when frames come without end", () => {
  const judge = new Judge(ipv4Forward);
  for (const byte of [1, 2]) judge.see(Uint8Array.of(byte, 0xff));
  const patience = newPatience();
  const see = () => {
    for (;;) patience.saw(10, judge.lastProblem);
  };
  expect(see).toThrow(
    /more than 100000 frames came of one window.*: a frame came out that should not have \(2 bytes, starting 02ff\)/,
  );
});
