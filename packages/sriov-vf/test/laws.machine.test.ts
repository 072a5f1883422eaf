import { join } from "node:path";
import { Guest, type GuestMachine, igb, setUpGuestPackages, virtioSriov } from "@iopath/lab/guest";
import { beforeAll, describe, expect, test } from "vitest";
import { lawsOfFunctions } from "./check-law.ts";

const program = join(import.meta.dirname, "laws-in-guest.ts");
const seed = Number(process.env.IOPATH_SEED ?? 20_26);

interface Finding {
  readonly variant: string;
  readonly law: string;
  readonly problem: string | null;
}

/** What a guest of this machine finds, one finding a line. */
async function findIn(machine: GuestMachine): Promise<Finding[]> {
  await setUpGuestPackages(() => {}, machine);
  using guest = await Guest.boot({ clock: "wall", machine });
  let output = "";
  let error = "";
  const status = await guest.run([process.execPath, program, String(seed)], {
    limitMs: 500_000,
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => (error += chunk),
  });
  expect({ status, error }).toEqual({ status: 0, error: "" });
  const lines = output.trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Finding);
}

/**
 * Variants and how they are bound (igbvf has no native XDP, virtio-net has), and why others are
 * not.
 */
const machines = [
  {
    machine: igb,
    modes: { "packet-mmsg": null, "af-xdp": "generic copy", vfio: null, dpdk: null },
    refusals: {},
  },
  {
    machine: virtioSriov,
    modes: { "packet-mmsg": null, "af-xdp": "native copy", dpdk: null },
    refusals: { vfio: expect.stringContaining("(0x1af4 0x1041) than Intel's 82576") },
  },
];

/** Side by side: a guest keeps one CPU busy. */
const guests = new Map(machines.map(({ machine }) => [machine, findIn(machine)]));
Promise.all(guests.values()).catch(() => {}); // each group of tests waits for its own

describe.each(machines)("functions of $machine.name", ({ machine, modes, refusals }) => {
  let findings: Finding[];
  beforeAll(async () => {
    findings = await guests.get(machine)!;
  });

  describe.each(Object.entries(modes))("%s", (variant, mode) => {
    const found = (law: string) =>
      findings.find((row) => row.variant === variant && row.law === law);

    test("is supported", () => {
      expect(found("supported")).toEqual({ variant, law: "supported", problem: mode });
    });

    test.each(lawsOfFunctions.map(({ name }) => name))(`%s (seed ${seed})`, (law) => {
      expect(found(law)).toEqual({ variant, law, problem: null });
    });
  });

  test("no other variant is supported", () => {
    const others = findings.filter(
      ({ law, variant }) => law === "supported" && !(variant in modes),
    );
    const found = others.map(({ variant, problem }) => [variant, problem]);
    expect(Object.fromEntries(found)).toEqual(refusals);
  });
});
