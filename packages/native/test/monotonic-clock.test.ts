import { describe, expect, it } from "vitest";
import { MonotonicClock } from "../src/monotonic-clock.ts";

describe("the monotonic clock of loops", () => {
  it("goes as Node's own does, and never back", () => {
    using clock = new MonotonicClock();
    const { now } = clock;
    const before = process.hrtime.bigint();
    clock.look();
    const first = now[0]!;
    let last = first;
    for (let i = 0; i < 100_000; i++) {
      clock.look();
      expect(now[0]!).toBeGreaterThanOrEqual(last);
      last = now[0]!;
    }
    const betweenLooks = last - first;
    const around = Number(process.hrtime.bigint() - before);
    expect(betweenLooks).toBeGreaterThan(0);
    expect(betweenLooks).toBeLessThanOrEqual(around);
  });

  it("counts from the second in which it was made", () => {
    using clock = new MonotonicClock();
    expect(clock.now[0]).toBeGreaterThanOrEqual(0);
    expect(clock.now[0]).toBeLessThan(60e9);
  });

  it("has nothing in common with another one", () => {
    using one = new MonotonicClock();
    using other = new MonotonicClock();
    const stands = other.now[0];
    one.look();
    expect(other.now[0]).toBe(stands);
  });
});
