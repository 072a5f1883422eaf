import { join } from "node:path";
import { laws } from "@iopath/contract";
import { Guest, pvrdma as machine, setUpGuestPackages } from "@iopath/lab/guest";
import { beforeAll, describe, expect, test } from "vitest";
import { pvrdma } from "../src/index.ts";

const program = join(import.meta.dirname, "laws-in-guest.ts");
const seed = Number(process.env.IOPATH_SEED ?? 20_26);
/** `IOPATH_FRAMES=100000` is what the README tells of. */
const frames = Number(process.env.IOPATH_FRAMES ?? 2_560);

interface Finding {
  readonly variant: string;
  readonly law: string;
  readonly problem: string | null;
}

let findings: Finding[];
beforeAll(async () => {
  await setUpGuestPackages(() => {}, machine);
  using guest = await Guest.boot({ clock: "wall", machine });
  let output = "";
  let error = "";
  const status = await guest.run([process.execPath, program, String(seed), String(frames)], {
    limitMs: 280_000,
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => (error += chunk),
  });
  expect({ status, error }).toEqual({ status: 0, error: "" });
  findings = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Finding);
}, 500_000);

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
  test.each(["supported", ...laws.map(({ name }) => name), "many frames"])(
    `%s (seed ${seed})`,
    (law) => {
      const finding = findings.find((row) => row.variant === variant && row.law === law);
      expect(finding).toEqual({ variant, law, problem: null });
    },
  );
});
