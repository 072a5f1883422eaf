import { describe, expect, it } from "vitest";
import { effortSince, readEffort } from "../../src/trial/loop/effort.ts";

describe("readEffort", () => {
  it("counts a sleep of the thread as a switch", () => {
    const before = readEffort(undefined);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    expect(effortSince(before, readEffort(undefined)).contextSwitches).toBeGreaterThan(0);
  });

  it("has no calls where there is no forwarder", () => {
    expect(readEffort(undefined)).toMatchObject({ syscalls: null, wakeups: null });
  });
});

describe("effortSince", () => {
  it("is the difference, and nothing where it was not counted", () => {
    const before = { syscalls: 5, wakeups: null, contextSwitches: 1 };
    const now = { syscalls: 12, wakeups: null, contextSwitches: 4 };
    expect(effortSince(before, now)).toEqual({ syscalls: 7, wakeups: null, contextSwitches: 3 });
  });
});
