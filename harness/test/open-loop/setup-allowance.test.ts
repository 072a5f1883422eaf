import { expect, it } from "vitest";
import { SetupAllowance } from "../../src/open-loop/tester/setup-allowance.ts";

it("a trial gets more time than the longest setup so far took, within limits", () => {
  const allowance = new SetupAllowance();
  const before = allowance.ms;
  allowance.saw(1);
  expect(allowance.ms).toBe(before);
  allowance.saw(40);
  allowance.saw(3);
  expect(allowance.ms).toBeGreaterThan(40);
  allowance.saw(1e6);
  expect(allowance.ms).toBeLessThanOrEqual(1000);
});
