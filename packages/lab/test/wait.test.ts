import { setImmediate as turn } from "node:timers/promises";
import { expect, it, vi } from "vitest";
import { poll, sleepSync, startLimit } from "../src/index.ts";

it("asks until there is an answer, and no further", () => {
  const ask = vi
    .fn<() => string | undefined>()
    .mockReturnValueOnce(undefined)
    .mockReturnValue("up");
  expect(poll(60_000, 0, ask)).toBe("up");
  expect(ask).toHaveBeenCalledTimes(2);
});

it("asks often enough where the machine stands still between two tries", () => {
  let now = 0;
  using clock = vi.spyOn(performance, "now").mockImplementation(() => (now += 3_600_000));
  let asked = 0;
  expect(poll(1000, 0, () => (++asked === 16 ? "up" : undefined))).toBe("up");
  expect(poll(1000, 0, () => undefined)).toBeUndefined();
  expect(clock).toHaveBeenCalled();
});

it("acts when a limit has passed, once", async () => {
  const act = vi.fn();
  using _limit = startLimit(16, act);
  await vi.waitFor(() => expect(act).toHaveBeenCalled());
  await new Promise((done) => setTimeout(done, 32));
  expect(act).toHaveBeenCalledTimes(1);
});

it("does not act where the machine stood still for longer than the limit", async () => {
  const act = vi.fn();
  using _limit = startLimit(800, act);
  sleepSync(900);
  await turn();
  await turn();
  expect(act).not.toHaveBeenCalled();
});

it("does not act when what was waited for is there", async () => {
  const act = vi.fn();
  startLimit(16, act)[Symbol.dispose]();
  await new Promise((done) => setTimeout(done, 64));
  expect(act).not.toHaveBeenCalled();
});
