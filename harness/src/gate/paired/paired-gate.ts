/**
 * The gate's loop: rounds over all cells that are not decided yet, and a look at all of them after
 * each. A round of a cell is two launches, with the lanes swapped between them, so that what one
 * lane has over the other takes from one launch what it gives to the other.
 */
import { explain } from "@iopath/contract";
import { median } from "simple-statistics";
import { LaneError } from "../../lanes/lane-process.ts";
import type { Cell } from "../../matrix/cell.ts";
import type { Planted } from "../../matrix/planted.ts";
import { type Judgement, judge, type Limits } from "./judge-pairs.ts";
import type { LanePair } from "./lane-pair.ts";
import { type LaunchResult, runLaunch, type Side } from "./launch.ts";
import { isTimeUp } from "./time-limit.ts";

export interface PairedGate {
  readonly baseline: Side;
  readonly candidate: Side;
  readonly lanes: LanePair;
  readonly limits: Limits;
  /** Of `performance.now()`: no launch begins that would not have ended by then. */
  readonly deadlineMs: number;
  /** Of the time limit: it cuts a launch that takes longer than was thought. */
  readonly signal: AbortSignal;
  readonly random: () => number;
  readonly onProgress: (line: string) => void;
  /** Needless work for the candidate, by cell, to see whether it is found. */
  readonly plantedIn?: (cell: Cell) => Planted;
}

/** A cell on its way through the gate. */
export interface CellState {
  readonly cell: Cell;
  readonly floor: number;
  readonly launches: LaunchResult[];
  judgement?: Judgement;
  /** Why it could not be measured. */
  failure?: string;
}

export function newState(cell: Cell, floor: number): CellState {
  return { cell, floor, launches: [] };
}

/**
 * Measures until every cell is decided, no look is left, or the time is up, and then returns false.
 */
export async function runPairedGate(
  states: readonly CellState[],
  gate: PairedGate,
): Promise<boolean> {
  for (let look = 1; look <= gate.limits.looksMax; look++) {
    const open = states.filter(isOpen);
    if (open.length === 0) break;
    const inTime = await runRound(open, gate);
    lookAt(states, gate.limits);
    const left = states.filter(isOpen).map(({ cell }) => `${cell.path}/${cell.variant}`);
    gate.onProgress(`look ${look}: ${left.length > 0 ? `open: ${left.join(", ")}` : "decided"}`);
    if (!inTime) return false;
  }
  return true;
}

function isOpen({ judgement, failure }: CellState): boolean {
  return failure === undefined && (judgement?.verdict ?? "inconclusive") === "inconclusive";
}

/** Two launches of each cell; false when the time was up before all were made. */
async function runRound(states: readonly CellState[], gate: PairedGate): Promise<boolean> {
  const swapFirst = gate.random() < 0.5;
  for (const swapped of [swapFirst, !swapFirst]) {
    for (const state of states.filter(isOpen)) {
      if (performance.now() + longestMs(state) > gate.deadlineMs) return false;
      if (!(await addLaunch(state, swapped, gate))) return false;
    }
  }
  return true;
}

/** What a launch took at most so far; a guess before the first. */
function longestMs({ launches }: CellState): number {
  return Math.max(firstLaunchMs, ...launches.map(({ elapsedMs }) => elapsedMs * 1.5));
}

const firstLaunchMs = 5000;

/** False when the time was up midway: the pairs of an interrupted launch are discarded. */
async function addLaunch(state: CellState, swapped: boolean, gate: PairedGate): Promise<boolean> {
  const { lanes, baseline, signal, random, plantedIn } = gate;
  const { cell } = state;
  const candidate = plantedIn ? { ...gate.candidate, planted: plantedIn(cell) } : gate.candidate;
  const testbeds = lanes.testbeds(swapped);
  try {
    const launch = await runLaunch({ cell, baseline, candidate, testbeds, signal, random });
    lanes.requireSound();
    state.launches.push(launch);
  } catch (error) {
    if (isTimeUp(error)) return false;
    if (!(error instanceof LaneError)) throw error;
    state.failure = explain(error);
    lanes.renew();
  }
  return true;
}

/** Judges all cells together, and leaves those that were decided before as they were. */
function lookAt(states: readonly CellState[], limits: Limits): void {
  const measured = states.filter(({ launches, failure }) => launches.length > 0 && !failure);
  const found = judge(
    measured.map(({ launches, floor }) => ({ pairs: pairsOf(launches), floor })),
    limits,
  );
  for (const [i, state] of measured.entries()) if (isOpen(state)) state.judgement = found[i]!;
}

export function pairsOf(launches: readonly LaunchResult[]): number[] {
  return launches.flatMap(({ pairs }) => pairs);
}

/** Nanoseconds per frame of both sides: medians of the launches. */
export function costsOf(launches: readonly LaunchResult[]): [baseline: number, candidate: number] {
  return [
    median(launches.map(({ baselineNs }) => baselineNs)),
    median(launches.map(({ candidateNs }) => candidateNs)),
  ];
}
