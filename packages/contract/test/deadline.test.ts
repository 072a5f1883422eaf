import fc from "fast-check";
import { afterEach, expect, it, vi } from "vitest";
import { Deadline } from "../src/index.ts";

afterEach(() => vi.restoreAllMocks());

/** A clock that only the test moves. */
function newClock() {
  const clock = { nowMs: 5000 };
  vi.spyOn(performance, "now").mockImplementation(() => clock.nowMs);
  return clock;
}

it("is over when the limit has passed, and not before", () => {
  const clock = newClock();
  const deadline = new Deadline(1000);
  for (let ms = 1; ms < 1000; ms++) {
    clock.nowMs++;
    expect(deadline.isOver(), `after ${ms} ms`).toBe(false);
  }
  clock.nowMs++;
  expect(deadline.isOver()).toBe(true);
});

it("counts a machine that stood still as a sixteenth of the limit, however long it stood", () => {
  const clock = newClock();
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.integer({ min: 63, max: 1e9 }),
      (limit, ms) => {
        const deadline = new Deadline(limit);
        for (let look = 1; look < 16; look++) {
          clock.nowMs += Math.max(ms, limit);
          expect(deadline.isOver()).toBe(false);
        }
        clock.nowMs += Math.max(ms, limit);
        expect(deadline.isOver()).toBe(true);
      },
    ),
  );
});

it("begins again when something came", () => {
  const clock = newClock();
  const deadline = new Deadline(160);
  for (let look = 1; look < 16; look++) {
    clock.nowMs += 10;
    expect(deadline.isOver()).toBe(false);
  }
  clock.nowMs += 10;
  deadline.restart();
  for (let look = 1; look < 16; look++) {
    clock.nowMs += 10;
    expect(deadline.isOver()).toBe(false);
  }
});

it("is over at once when nothing is to be waited for", () => {
  newClock();
  expect(new Deadline(0).isOver()).toBe(true);
});
