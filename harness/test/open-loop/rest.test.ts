import { expect, it } from "vitest";
import { profiles } from "../../src/open-loop/profile.ts";
import { describeRealtime, restMs } from "../../src/open-loop/rest.ts";

it("a row says of short trials that others had their turn before, of long ones that they take it", () => {
  expect(describeRealtime(profiles.quick)).toBe(`real-time, after ${restMs} ms for others`);
  expect(describeRealtime(profiles["rfc2544-strict"])).toMatch(/but for 50 ms of each second/);
});
