import { expect, it } from "vitest";
import matrix from "../../../bench.config.ts";
import { countedInGuest } from "../../src/matrix/counted-in-guest.ts";

it("the default matrix counts in guests as iopath profile and the other matrices do", () => {
  const counted = matrix.filter((section) => "clock" in section);
  expect(counted).toHaveLength(3);
  for (const section of counted) expect(section).toMatchObject(countedInGuest);
});
