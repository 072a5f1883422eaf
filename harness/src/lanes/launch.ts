/**
 * One launch of cells that are measured in turns: a fresh process for each, all alive at once, each
 * in a lab of its own. The reference is there twice: what two processes of one cell differ by is
 * what this machine shows of equal code.
 */
import { setMaxListeners } from "node:events";
import type { Testbed } from "@iopath/lab";
import { pathNameOf, standInOf } from "../paths/all.ts";
import { uniformFrom } from "../statistics/bootstrap.ts";
import type {
  ClosedLoopRequest,
  LaneTotals,
  MeasuredResult,
  OmitOfEach,
  TrialResult,
} from "../trial/request.ts";
import { ownRevision } from "../trial/revision.ts";
import { workloadNameOf } from "../workloads/known.ts";
import { Lane, LaneError, type Slice } from "./lane-process.ts";
import type { SliceOrder } from "./protocol.ts";
import { takeTurns } from "./take-turns.ts";

/** What is asked of a cell's process in a launch. */
export type CellOrder = OmitOfEach<
  ClosedLoopRequest,
  | "testbed"
  | "module"
  | "workloadModule"
  | "profiling"
  | "cpu"
  | "cpus"
  | "parentPid"
  | "team"
  | "workers"
> & { readonly workers: 1 };

export interface Launch {
  readonly cells: readonly CellOrder[];
  /** Stands beside each of them, also when it is one of them. */
  readonly reference: CellOrder | undefined;
  readonly turns: number;
}

/** Where a launch takes place. */
interface LaunchPlace {
  /** A lab for each process: as many as cells, and two more. */
  readonly testbeds: readonly Testbed[];
  readonly cpu: number;
  readonly signal: AbortSignal;
}

export interface LaunchOutcome {
  /** Of each cell, in their order. */
  readonly results: readonly TrialResult[];
  /** Until all processes had opened their paths and warmed up. */
  readonly openingMs: number;
  /** Of all slices, those of the reference's processes included. */
  readonly slicesMs: number;
}

interface LaunchEnd extends LaunchOutcome {
  /** The labs, by their place, whose process may not have closed what it opened. */
  readonly suspect: readonly number[];
}

/** Short, so that all slices of a turn meet the same machine (docs/figures.md). */
const sliceMs = 2;
/**
 * Where the wire is memory, the slices of other cells have evicted it from the caches, and a slice
 * would measure the refill: it runs windows for so long before its samples (docs/figures.md).
 */
const settleMs = 2;
/** Fewer samples give no quartile. */
const samplesMin = 8;

/** On the signal of a run; each lane is one more, and Node warns of many. */
const listenersOfOthers = 20;

/** How many processes a launch of so many cells has. */
export function lanesOf({ cells, reference }: Pick<Launch, "cells" | "reference">): number {
  const isAmong = reference !== undefined && cells.includes(reference);
  return cells.length + (reference ? (isAmong ? 1 : 2) : 0);
}

export async function runLaunch(launch: Launch, place: LaunchPlace): Promise<LaunchEnd> {
  const { cells, reference, turns } = launch;
  const others = reference && !cells.includes(reference) ? [reference] : [];
  const orders = [...cells, ...others, ...(reference ? [reference] : [])];
  const begin = performance.now();
  setMaxListeners(listenersOfOthers + orders.length, place.signal);
  const lanes = orders.map((order, i) => openLane(order, place.testbeds[i]!, place));
  try {
    const failures = await failuresOf(lanes);
    const openingMs = performance.now() - begin;
    const alive = lanes.map((_, i) => i).filter((i) => !failures.has(i));
    const taken = await takeTurns(
      alive.map((i) => {
        const order = sliceOrderOf(orders[i]!, turns);
        return () => lanes[i]!.slice(order);
      }),
      { turns, cpu: place.cpu, random: uniformFrom(Date.now()) },
    );
    for (const [i, error] of taken.dead) failures.set(alive[i]!, error.message);
    const slices = new Map(alive.map((lane, i) => [lane, taken.slices[i]!]));
    const totals = await totalsOf(lanes, failures);
    const first = reference ? orders.indexOf(reference) : -1;
    const twin = orders.length - 1;
    const results = cells.map((_, i): TrialResult => {
      const reason = failures.get(i);
      if (reason !== undefined) return { status: "failed", reason };
      const beside = reference ? slices.get(i === first ? twin : first) : undefined;
      return measuredOf(slices.get(i)!, beside ?? [], totals.get(i)!, taken.discarded);
    });
    const slicesMs = [...totals.values()].reduce((sum, lane) => sum + lane.slicesMs, 0);
    return { results, openingMs, slicesMs, suspect: [...failures.keys()] };
  } finally {
    await Promise.all(lanes.map((lane) => lane[Symbol.asyncDispose]()));
    place.signal.throwIfAborted();
  }
}

function openLane(order: CellOrder, testbed: Testbed, { cpu, signal }: LaunchPlace): Lane {
  const { role, samples, ...cell } = order;
  const names = { ...pathNameOf(cell.path), ...workloadNameOf(cell.workload) };
  return new Lane(ownRevision, { ...cell, ...names, testbed, cpu }, signal);
}

/** Why lanes did not get ready, by their place. */
async function failuresOf(lanes: readonly Lane[]): Promise<Map<number, string>> {
  const ends = await Promise.allSettled(lanes.map((lane) => lane.ready()));
  return failuresIn(ends);
}

function failuresIn(ends: readonly PromiseSettledResult<unknown>[]): Map<number, string> {
  const failures = new Map<number, string>();
  for (const [i, end] of ends.entries()) {
    if (end.status === "fulfilled") continue;
    if (!(end.reason instanceof LaneError)) throw end.reason;
    failures.set(i, end.reason.message);
  }
  return failures;
}

/** What a lane of this cell is asked in each turn. */
export function sliceOrderOf(cell: CellOrder, turns: number): SliceOrder {
  const settling = standInOf(cell) === "" ? {} : { settleMs };
  return { sliceMs, ...settling, samplesMin, keep: Math.ceil(cell.samples / turns) };
}

/** Of each lane that lives; those that die here are added to the failures. */
async function totalsOf(
  lanes: readonly Lane[],
  failures: Map<number, string>,
): Promise<Map<number, LaneTotals>> {
  const totals = new Map<number, LaneTotals>();
  for (const [i, lane] of lanes.entries()) {
    if (failures.has(i)) continue;
    try {
      totals.set(i, await lane.totals());
    } catch (error) {
      if (!(error instanceof LaneError)) throw error;
      failures.set(i, error.message);
    }
  }
  return totals;
}

function measuredOf(
  slices: readonly Slice[],
  beside: readonly Slice[],
  { clockNs, windowsPerSample, slicesMs, ...counts }: LaneTotals,
  discarded: number,
): MeasuredResult {
  const costsOf = (list: readonly Slice[]) =>
    list.map(({ costNs }) => Math.round(costNs * 100) / 100);
  return {
    status: "measured",
    samplesNs: slices.flatMap(({ windowsNs }) => windowsNs).sort((a, b) => a - b),
    ...counts,
    turns: {
      costsNs: costsOf(slices),
      referenceNs: costsOf(beside.slice(0, slices.length)),
      discarded,
      clockNs,
      windowsPerSample,
    },
  };
}
