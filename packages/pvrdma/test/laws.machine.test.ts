import { join } from "node:path";
import { pvrdma as machine } from "@iopath/lab/guest";
import { beforeAll, describe, expect, test } from "vitest";
import { lawCases } from "../../../test/second-workload/laws.ts";
import { answersIn, bootGuest, hookLimitMs, linesIn } from "../../lab/test/guest/in-guest.ts";
import { pvrdma } from "../src/index.ts";

const program = join(import.meta.dirname, "laws-in-guest.ts");
const verbsFaults = join(import.meta.dirname, "verbs-faults-in-guest.sh");
const scenarios = join(import.meta.dirname, "scenarios.ts");
const seed = Number(process.env.IOPATH_SEED ?? 20_26);
/** `IOPATH_FRAMES=100000` is what the README tells of. */
const frames = Number(process.env.IOPATH_FRAMES ?? 2_560);

interface Finding {
  readonly variant: string;
  readonly law: string;
  readonly problem: string | null;
}

let findings: Finding[];
/** What was said of each fault. */
let said: ReadonlyMap<string, string>;
beforeAll(async () => {
  using guest = await bootGuest(machine);
  findings = await answersIn<Finding>(guest, program, String(seed), String(frames));
  const faults = await linesIn(guest, ["bash", verbsFaults, process.execPath, scenarios]);
  said = new Map(faults.map((line) => line.split("\t", 2) as [string, string]));
}, hookLimitMs);

/** QEMU's device sends what it is asked to write, which its receiver finds no room for. */
const unsupported = "rc-write-imm";
const supported = pvrdma.variants.map(({ name }) => name).filter((name) => name !== unsupported);

test(`${unsupported} is refused with the provider's answer`, () => {
  const found = findings.filter(({ variant }) => variant === unsupported);
  expect(found).toEqual([
    { variant: unsupported, law: "supported", problem: expect.stringMatching(/vmw_pvrdma0/) },
  ]);
});

describe.each(supported)("%s in the guest", (variant) => {
  test.each(["supported", ...lawCases.map(({ name }) => name), "many frames"])(
    `%s (seed ${seed})`,
    (law) => {
      const finding = findings.find((row) => row.variant === variant && row.law === law);
      expect(finding).toEqual({ variant, law, problem: null });
    },
  );
});

describe("a fault in the guest", () => {
  test.each([
    // What is sent to a dry queue waits, comes whole and in order, and every buffer is given back.
    ["dry queue on vmw_pvrdma0", /"came":\[\[60,1\],\[61,2\]\],"freed":64/],
    ["peer gone on vmw_pvrdma0", /IBV_WC_\w+ERR .* work request 0 in the send queue .*"freed":64/],
    ["no route on rxe0", /can't reach RTR: E(?:TIMEDOUT|NETUNREACH|HOSTUNREACH)/],
    ["port gone on rxe0", /rc queue pair \d+ of rxe0 .* can't reach INIT: EINVAL/],
    ["locked memory", /ENOMEM","remedy":"RLIMIT_MEMLOCK is 64 KiB: raise it/],
    ["probe datagrams on rxe0", /port 1 of rxe0 has an MTU of 1024 bytes, less than a frame of/],
  ])("%s", (fault, words) => {
    expect(said.get(fault)).toMatch(words);
  });
});
