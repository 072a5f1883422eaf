import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectedPvrdma, Guest, setUpGuestPackages } from "@iopath/lab";
import { afterAll, beforeAll, expect, test } from "vitest";

const program = join(import.meta.dirname, "one-of-two-guests.ts");
const frames = Number(process.env.IOPATH_FRAMES ?? 2048);
const folder = mkdtempSync(join(tmpdir(), "iopath-wire-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const machines = connectedPvrdma(folder);
beforeAll(() => setUpGuestPackages(() => {}, machines[0]), 300_000);

async function runIn(guest: Guest, role: string): Promise<unknown> {
  let output = "";
  let error = "";
  const status = await guest.run([process.execPath, program, role, String(frames)], {
    limitMs: 120_000,
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => (error += chunk),
  });
  expect({ status, error }).toEqual({ status: 0, error: "" });
  return JSON.parse(output);
}

test("a forwarder in one guest forwards what a tester in another sends, over PVRDMA", async () => {
  using first = await Guest.boot({ clock: "wall", machine: machines[0] });
  using second = await Guest.boot({ clock: "wall", machine: machines[1] });
  const [forwarder, tester] = await Promise.all([
    runIn(first, "forwarder"),
    runIn(second, "tester"),
  ]);
  expect(tester).toMatchObject({ lost: 0, duplicated: 0, reordered: 0, corrupted: 0, unknown: 0 });
  expect(forwarder).toMatchObject({ received: frames, unsent: 0 });
  expect(readdirSync(folder).length).toBeGreaterThan(0);
}, 300_000);
