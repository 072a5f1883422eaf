import { join } from "node:path";
import { igb, virtioSriov } from "@iopath/lab/guest";
import { beforeAll, describe, expect, test } from "vitest";
import { lawCases } from "../../../test/second-workload/laws.ts";
import { answersOf, hookLimitMs } from "../../lab/test/guest/in-guest.ts";

const program = join(import.meta.dirname, "laws-in-guest.ts");
const seed = Number(process.env.IOPATH_SEED ?? 20_26);

interface Finding {
  readonly variant: string;
  readonly law: string;
  readonly problem: string | null;
}

/**
 * Variants and how they are bound (igbvf has no native XDP, virtio-net has), and why others are
 * not.
 */
const machines = [
  {
    machine: igb,
    modes: {
      "packet-mmsg": null,
      "packet-mmsg-drop": "clsact",
      "af-xdp": "generic copy",
      vfio: null,
      dpdk: null,
    },
    refusals: {},
  },
  {
    machine: virtioSriov,
    modes: {
      "packet-mmsg": null,
      "packet-mmsg-drop": "clsact",
      "af-xdp": "native copy",
      dpdk: null,
    },
    refusals: { vfio: expect.stringContaining("(0x1af4 0x1041) than Intel's 82576") },
  },
];

/** Side by side: a guest keeps one CPU busy. */
const guests = new Map(
  machines.map(({ machine }) => [machine, answersOf<Finding>(machine, program, String(seed))]),
);
Promise.all(guests.values()).catch(() => {}); // each group of tests waits for its own

describe.each(machines)("functions of $machine.name", ({ machine, modes, refusals }) => {
  let findings: Finding[];
  beforeAll(async () => {
    findings = await guests.get(machine)!;
  }, hookLimitMs);

  describe.each(Object.entries(modes))("%s", (variant, mode) => {
    const found = (law: string) =>
      findings.find((row) => row.variant === variant && row.law === law);

    test("is supported", () => {
      expect(found("supported")).toEqual({ variant, law: "supported", problem: mode });
    });

    test.each(lawCases.map(({ name }) => name))(`%s (seed ${seed})`, (law) => {
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
