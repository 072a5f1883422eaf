import { join } from "node:path";
import { laws } from "@iopath/contract";
import { Guest, setUpGuestPackages } from "@iopath/lab/guest";
import { beforeAll, describe, expect, test } from "vitest";
import { sriovVf } from "../src/index.ts";

const program = join(import.meta.dirname, "laws-in-guest.ts");
const seed = Number(process.env.IOPATH_SEED ?? 20_26);

interface Finding {
  readonly variant: string;
  readonly law: string;
  readonly problem: string | null;
}

let findings: Finding[];
beforeAll(async () => {
  await setUpGuestPackages(() => {});
  using guest = await Guest.boot({ clock: "wall" });
  let output = "";
  let error = "";
  const status = await guest.run([process.execPath, program, String(seed)], {
    limitMs: 300_000,
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => (error += chunk),
  });
  expect({ status, error }).toEqual({ status: 0, error: "" });
  findings = output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Finding);
}, 600_000);

describe.each(sriovVf.variants.map(({ name }) => name))("%s on an emulated card", (variant) => {
  test.each(laws.map(({ name }) => name))(`%s (seed ${seed})`, (law) => {
    const finding = findings.find((row) => row.variant === variant && row.law === law);
    expect(finding).toEqual({ variant, law, problem: null });
  });
});
