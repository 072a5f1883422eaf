import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { connectedPvrdma, Guest, type GuestMachine, setUpGuestPackages } from "@iopath/lab/guest";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answersIn } from "../../lab/test/guest/in-guest.ts";

const program = join(import.meta.dirname, "one-of-two.ts");
/** `IOPATH_FRAMES=100000` is what the README tells of. */
const frames = Number(process.env.IOPATH_FRAMES ?? 2048);
const port = "18515";
/** Two guests boot on two processors that others may use as well. */
const bootLimitMs = 240_000;

/** Of the sockets between the guests. */
const folder = mkdtempSync(join(tmpdir(), "iopath-wire-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const machines = connectedPvrdma(folder);
beforeAll(() => setUpGuestPackages(() => {}, machines[0]));

/** The first one's end of the wire listens as soon as its QEMU has started. */
const apartMs = 1500;

function boot(machine: GuestMachine): Promise<Guest> {
  return Guest.boot({ clock: "wall", machine, bootLimitMs });
}

async function runIn(guest: Guest, role: "forwarder" | "tester"): Promise<unknown> {
  const args = [role, String(frames), "vmw_pvrdma0", "10.0.4.1", port];
  const [answer] = await answersIn(guest, program, ...args);
  return answer;
}

test("a forwarder in one guest forwards what a tester in another sends, over PVRDMA", async () => {
  const booting = machines.map((machine, i) => setTimeout(i * apartMs, machine).then(boot));
  using guests = new DisposableStack();
  const [first, second] = (await Promise.all(booting)).map((guest) => guests.use(guest)) as [
    Guest,
    Guest,
  ];
  const [forwarder, tester] = await Promise.all([
    runIn(first, "forwarder"),
    runIn(second, "tester"),
  ]);
  const clean = { lost: 0, duplicated: 0, reordered: 0, corrupted: 0, unknown: 0 };
  expect(tester).toMatchObject(clean);
  const { expected } = tester as { expected: number };
  expect(forwarder).toMatchObject({ received: frames, sent: expected, unsent: 0 });
  console.log(`${frames} frames: ${JSON.stringify(tester)}`);
});
