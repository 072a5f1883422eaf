/**
 * Latency of `xdp/af-xdp` and of its peer in C in an open loop, in turn: a lab, a forwarder and a
 * tester are new in each launch, since a launch has a level of its own.
 */
import { addOwnPaths, findPath, findVariant } from "@iopath/harness";
import {
  addBins,
  lackOfCpus,
  OpenLoopDevice,
  placementHere,
  quantilesOf,
} from "@iopath/harness/open-loop";
import Table from "cli-table3";
import { median } from "../ratios.ts";
import { path as inC } from "./in-c.ts";

/** Frames per second, far below what either forwards. */
const rate = 150_000;
const trialS = 0.25;
const trials = 5;
const sides = ["xdp", inC.name] as const;

/** Prints both medians, and how far ours is behind. */
export async function compareLatency(launches: number): Promise<void> {
  await addOwnPaths({ [inC.name]: new URL("in-c.ts", import.meta.url).pathname });
  const ns: [number[], number[]] = [[], []];
  for (let launch = 0; launch < launches; launch++) {
    // Each is the first in half of the launches.
    const order = launch % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const);
    for (const side of order) ns[side].push(await medianOf(sides[side]));
    const [ours, theirs] = [ns[0].at(-1)!, ns[1].at(-1)!];
    console.error(`af-xdp, p50 at ${rate} frames per second: ours ${ours} ns, C ${theirs} ns`);
  }
  const differences = ns[0].map((ours, i) => ours - ns[1][i]!);
  const table = new Table({
    head: ["latency", "launches", "ours p50 ns", "C p50 ns", "ours - C ns [least to most]", "goal"],
    style: { head: [], border: [] },
  });
  const range = `[${Math.min(...differences)} to ${Math.max(...differences)}]`;
  table.push([
    ...["xdp/af-xdp", launches, median(ns[0]), median(ns[1])],
    ...[`${median(differences)} ${range}`, 200],
  ]);
  console.log(table.toString());
}

/** Of all trials but the first, in which the loop is compiled; nanoseconds. */
async function medianOf(pathName: (typeof sides)[number]): Promise<number> {
  const path = findPath(pathName);
  const variant = findVariant(path, "af-xdp");
  const placement = placementHere(variant);
  if (!placement) throw new Error(lackOfCpus.missing);
  await using device = await OpenLoopDevice.open({
    ...{ path, variant, placement, realtime: true, signal: new AbortController().signal },
    ...{ workload: "ipv4-forward", frameBytes: 64, burst: 64 },
  });
  await device.trial(rate, trialS);
  const bins = [];
  for (let i = 1; i < trials; i++) bins.push((await device.trial(rate, trialS, true)).counts.bins);
  const { p50 } = quantilesOf(addBins(bins));
  if (p50 === null) throw new Error("too few frames came back");
  return p50;
}
