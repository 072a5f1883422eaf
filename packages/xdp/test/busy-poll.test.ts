import { describe, expect, it } from "vitest";
import { learnsFromFrames } from "../src/busy-poll.ts";

describe("learnsFromFrames", () => {
  it.each([
    ["5.15.0-122-generic", true],
    ["6.1.0-18-amd64", true],
    ["6.12.95-1", true],
    ["6.13.0", false],
    ["6.18.44", false],
    ["7.0.0-rc1", false],
  ])("of Linux %s is %s", (release, expected) => {
    expect(learnsFromFrames(release)).toBe(expected);
  });
});
