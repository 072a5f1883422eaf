import { expect, it } from "vitest";
import { lacksCarrier } from "../src/ports/facts.ts";

/** Flags as ip(8) shows them. */
it.each([
  ["up, with a carrier", "BROADCAST,UP,LOWER_UP", false],
  ["up, without one", "NO-CARRIER,BROADCAST,UP", true],
  ["up, without one a moment ago", "BROADCAST,UP", true],
  ["up, with one a moment ago", "NO-CARRIER,BROADCAST,UP,LOWER_UP", true],
  ["down, which is another fault", "BROADCAST", false],
] as const)("a link that is %s: %s", (_what, flags, lacks) => {
  expect(lacksCarrier({ flags: flags.split(",") })).toBe(lacks);
});
