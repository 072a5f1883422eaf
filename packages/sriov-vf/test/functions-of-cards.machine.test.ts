import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { answersIn, bootGuest, hookLimitMs } from "../../lab/test/guest/in-guest.ts";
import { withMoreCards } from "../../lab/test/guest/more-cards.ts";

const program = (name: string) => join(import.meta.dirname, name);

/** Two cards, wired to each other. */
const twoCards = withMoreCards({ wire: 0 });

interface Refusal {
  readonly what: string;
  readonly said: string;
  /** Functions that the card has afterwards. */
  readonly left: number;
}

let problems: Record<string, unknown>;
let faults: readonly Refusal[];
beforeAll(async () => {
  using guest = await bootGuest(twoCards);
  const naming = program("naming-functions-in-guest.ts");
  const found = await answersIn<{ way: string; problem: unknown }>(guest, naming);
  problems = Object.fromEntries(found.map(({ way, problem }) => [way, problem]));
  faults = await answersIn<Refusal>(guest, program("card-faults-in-guest.ts"));
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
  ["a device that is no virtual function", /^0000:00:00.0 is no virtual function\n`lspci/],
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

test.each([
  ["a card without SR-IOV", /^wire0 has no SR-IOV\nname a card that has/, 0],
  ["a card that is not there", /^no network interface named ens9 here\n`ip link`/, 0],
  ["more functions than it has", /^eth0 can have \d+ virtual functions, 200 are needed/, 0],
  ["a link that never comes", /^wire0 has no link after 0.5 s\nplug a cable in/, 0],
  ["a card with the default route", /carries a default route/, 0],
  ["sriov_numvfs refused", /sriov_drivers_autoprobe of eth0.*: E[A-Z]+\nneeds root|EROFS|EBUSY/, 0],
  ["functions of somebody else's", /^eth0 has 1 virtual functions already.*\n.*removes them/, 1],
  ["a killed process's function", /SIGKILL igbvf vfio-pci igbvf/, 1],
])("%s is refused with what to do, and nothing is left", (what, message, left) => {
  const told = faults.find((candidate) => candidate.what === what);
  expect(told?.said).toMatch(message);
  expect(told?.left).toBe(left);
});
