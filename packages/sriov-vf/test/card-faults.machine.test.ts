import { join } from "node:path";
import { igb } from "@iopath/lab/guest";
import { beforeAll, expect, test } from "vitest";
import { answersOf, hookLimitMs } from "../../lab/test/guest/in-guest.ts";

const program = join(import.meta.dirname, "card-faults-in-guest.ts");

interface Told {
  readonly what: string;
  readonly said: string;
  /** Functions that the card has afterwards. */
  readonly left: number;
}

let all: Told[];
beforeAll(async () => {
  all = await answersOf<Told>(igb, program);
}, hookLimitMs);

test.each([
  ["a card without SR-IOV", /^wire0 has no SR-IOV\nname a card that has/, 0],
  ["a card that is not there", /^no network interface named ens9 here\n`ip link`/, 0],
  ["more functions than it has", /^eth0 can have \d+ virtual functions, 200 are needed/, 0],
  ["a link that never comes", /^wire0 has no link after 0.5 s\nplug a cable in/, 0],
  ["a card with the default route", /carries a default route/, 0],
  ["sriov_numvfs refused", /sriov_drivers_autoprobe of eth0.*: E[A-Z]+\nneeds root|EROFS|EBUSY/, 0],
  ["functions of somebody else's", /^eth0 has 1 virtual functions already.*\n.*removes them/, 1],
  ["a killed process's function", /SIGKILL igbvf vfio-pci igbvf/, 1],
])("%s is told with what to do, and nothing is left", (what, message, left) => {
  const told = all.find((candidate) => candidate.what === what);
  expect(told?.said).toMatch(message);
  expect(told?.left).toBe(left);
});
