import { describe, expect, it } from "vitest";
import { checksumsItself } from "../src/segment-support.ts";

describe("checksumsItself", () => {
  it.each([
    ["5.15.0-122-generic", false],
    ["6.1.0-50-amd64", false],
    ["6.10.11", false],
    ["6.11.0-rc1", true],
    ["6.12.117+deb13-amd64", true],
    ["7.0.0-rc1", true],
  ])("of Linux %s is %s", (release, expected) => {
    expect(checksumsItself(release)).toBe(expected);
  });
});
