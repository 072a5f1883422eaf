/** Launches after the first stage: for whom, how many, and until when. */
import { expect, it } from "vitest";
import type { TrialResult } from "../../src/index.ts";
import type { MeasuredResult } from "../../src/trial/request.ts";
import { costOf, type FakeOrder, type MeasuredOrder, msPerOrder } from "./fake-machine.ts";
import { hostConfig, newFolder, runFake } from "./fake-runs.ts";

const config = {
  ...hostConfig,
  paths: { "kernel-sockets": ["packet-mmsg"], xdp: ["native", "af-xdp"] },
  frameBytes: [64],
  rounds: 3,
  width: 0.02,
};
const reference = costOf({
  path: "kernel-sockets",
  variant: "packet-mmsg",
  frameBytes: 64,
} as MeasuredOrder);

/** A launch whose ratio is off by so much. */
function launchAt(order: FakeOrder & MeasuredOrder, level: number): TrialResult {
  const cost = costOf(order) * level;
  return {
    ...measuredBy(cost),
    turns: {
      costsNs: [cost, cost],
      referenceNs: [reference, reference],
      ...{ discarded: 0, clockNs: 40, windowsPerSample: 1 },
    },
  } satisfies MeasuredResult;
}

function measuredBy(cost: number): MeasuredResult {
  return {
    status: "measured",
    samplesNs: [cost],
    ...{ framesSent: 1, framesReceived: 1, garbageCollections: 0, residentBytesMax: 1 },
    ...{ cpuUserUs: 1, cpuSystemUs: 1, syscalls: 1, wakeups: 1, contextSwitches: 0 },
    deviceMode: "",
  };
}

const launchesOf = (orders: readonly FakeOrder[], name: string) =>
  orders.filter(({ role, variant }) => role === "closed-loop" && variant === name).length;

it("goes on with the cells that are too wide, until they are narrow enough", async () => {
  // Three launches 0.4 % apart: 4.303 × 0.4 % × 2 / 2 %, squared, is 3.0 launches and a bit.
  const levels = [0.996, 1, 1.004];
  let nth = 0;
  const answer = (order: FakeOrder) =>
    order.role === "closed-loop" && order.variant === "native"
      ? launchAt(order, levels[nth++ % 3]!)
      : undefined;
  const { orders, rows } = await runFake(config, { answer });
  expect(launchesOf(orders, "af-xdp")).toBe(3);
  expect(launchesOf(orders, "packet-mmsg")).toBe(3);
  expect(launchesOf(orders, "native")).toBe(4);
  const native = rows.find(({ variant }) => variant === "native")!;
  expect(native).toMatchObject({ trials: 4, width_goal: "reached", status: "measured" });
  expect(native.width).toBeLessThanOrEqual(0.02);
});

it("ends when the time is up, and says how wide the interval is", async () => {
  const levels = [0.9, 1, 1.1];
  let nth = 0;
  const answer = (order: FakeOrder) =>
    order.role === "closed-loop" && order.variant === "native"
      ? launchAt(order, levels[nth++ % 3]!)
      : undefined;
  const maxMinutes = 0.5;
  const { orders, rows } = await runFake({ ...config, maxMinutes }, { answer });
  const ms = orders.filter(({ role }) => role === "closed-loop").length * msPerOrder;
  expect(ms).toBeLessThanOrEqual(maxMinutes * 60_000);
  const native = rows.find(({ variant }) => variant === "native")!;
  expect(native).toMatchObject({ width_goal: "missed", status: "measured" });
  expect(native.width).toBeGreaterThan(0.02);
});

it("goes on in the midst of narrowing, and takes no launch for another", async () => {
  const levels = [0.994, 1, 1.006]; // asks for seven launches
  let nth = 0;
  const interruption = new AbortController();
  const answerUntil = (cutAt: number) => (order: FakeOrder) => {
    if (order.role !== "closed-loop" || order.variant !== "native") return undefined;
    if (nth === cutAt) interruption.abort("cut");
    return launchAt(order, levels[nth++ % 3]!);
  };
  const folder = newFolder();
  const cut = runFake(config, { folder, answer: answerUntil(5), signal: interruption.signal });
  await expect(cut).rejects.toBe("cut");
  const resumed = await runFake(config, { folder, resume: true, answer: answerUntil(-1) });
  const lines = resumed.read("journal.jsonl").trimEnd().split("\n");
  const events = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "trial");
  const rounds = events.filter(({ cell }) => cell.includes("native")).map(({ round }) => round);
  expect(rounds).toEqual([0, 1, 2, 3, 4, 5, 6]);
  const native = resumed.rows.find(({ variant }) => variant === "native")!;
  expect(native).toMatchObject({ trials: 7, turns: 14, width_goal: "reached" });
});

it("makes one launch of each cell, however short the time is", async () => {
  const { rows } = await runFake({ ...config, maxMinutes: 0.001, frameBytes: [64, 128] });
  expect(rows.map(({ status, trials }) => [status, trials])).toEqual(
    rows.map(() => ["measured", 1]),
  );
});

it("fails a cell alone that dies in a launch, and its part is over", async () => {
  const answer = (order: FakeOrder): TrialResult | undefined =>
    order.role === "closed-loop" && order.variant === "native"
      ? { status: "failed", reason: "the lane died" }
      : undefined;
  const { orders, rows } = await runFake(config, { answer });
  expect(launchesOf(orders, "native")).toBe(1);
  expect(rows.map(({ variant, status }) => `${variant} ${status}`)).toEqual([
    ...["packet-mmsg measured", "native failed", "af-xdp measured"],
  ]);
});

it("parts a group that is too large, with the reference in each part", async () => {
  const { rows } = await runFake(config, { lanesMax: 3 });
  for (const row of rows) expect(row.speedup_low, row.variant).not.toBeNull();
});
