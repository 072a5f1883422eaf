import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { answersOf, hookLimitMs } from "../../lab/test/guest/in-guest.ts";
import { withMoreCards } from "../../lab/test/guest/more-cards.ts";

const program = join(import.meta.dirname, "naming-functions-in-guest.ts");

/** Two cards, wired to each other. */
const twoCards = withMoreCards(0);

let problems: Record<string, unknown>;
beforeAll(async () => {
  const found = await answersOf<{ way: string; problem: unknown }>(twoCards, program);
  problems = Object.fromEntries(found.map(({ way, problem }) => [way, problem]));
}, hookLimitMs);

test.each([
  "a second card's for the tester",
  "more functions than are used",
  "by PCI address",
  "interfaces for the tester",
])("frames come through functions: %s", (way) => {
  expect(problems[way]).toBeNull();
});

test.each([
  ["fewer than are used", /2 functions of eth0 are too few.*\n`--vfs 4`/],
  ["one with the default route", /carries a default route/],
  ["one that is none", /^0000:00:00.0 is no virtual function\n`lspci/],
])("%s are refused with what to do", (way, message) => {
  expect(problems[way]).toMatch(message);
});

test("the tester's functions hold interrupts back for a fixed time", () => {
  const fixed = { microseconds: 10, adaptive: false };
  expect(problems["coalescing of the tester"]).toEqual([fixed, fixed]);
});

test("a host that routes does not route what comes to a function that a path has", () => {
  expect(problems["routing on a host that routes"]).toEqual(["0", "0"]);
});

test("functions go back to the drivers that they had, and those that were made are gone", () => {
  expect(problems["driver afterwards"]).toBe("igbvf");
  expect(problems["functions left"]).toBeNull();
});
