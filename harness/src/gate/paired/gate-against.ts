/** `iopath gate --against REVISION`: this work tree beside another revision, on this machine. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { requireLabPrivileges } from "@iopath/lab";
import { LaneError } from "../../lanes/lane-process.ts";
import type { Cell } from "../../matrix/cell.ts";
import { holdMachine } from "../../run/machine-lock.ts";
import { uniformFrom } from "../../statistics/bootstrap.ts";
import { ownRevision, type Revision } from "../../trial/revision.ts";
import type { GateResult } from "../verdict.ts";
import { Floors, floorRounds } from "./floor.ts";
import type { Limits } from "./judge-pairs.ts";
import { LanePair } from "./lane-pair.ts";
import { runLaunch } from "./launch.ts";
import { type CellState, newState, type PairedGate, runPairedGate } from "./paired-gate.ts";
import { type Preparation, type Prepared, type Preparing, prepare } from "./preparation.ts";
import { resultOf } from "./result.ts";
import { isTimeUp, startTime, type TimeLimit } from "./time-limit.ts";
import { findRevision, openWorkTree } from "./work-tree.ts";

export const defaultLimits: Limits = {
  threshold: 0.01,
  mustSee: 0.02,
  alpha: 0.01,
  beta: 0.05,
  looksMax: 6,
};

interface LanesOptions {
  readonly cells: readonly Cell[];
  /** A revision as git-rev-parse(1) takes it. */
  readonly against: string;
  /** For the whole gate, checkout and floors included. */
  readonly maxMinutes: number;
  /** For another command that measures on this machine. */
  readonly waitMinutes: number;
  /** Relative difference from which on it counts. */
  readonly threshold?: number;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
}

/**
 * @throws IopathError when the revision can't be had, when lanes can't be made here, or the time
 *   did not suffice to measure anything
 */
export async function gateAgainst(options: LanesOptions): Promise<GateResult> {
  const time = startTime(options.maxMinutes, options.signal);
  try {
    return await gateWithin(time, options);
  } catch (error) {
    if (!isTimeUp(error)) throw error;
    const message = `the ${options.maxMinutes} min of --max-minutes were up before anything was measured`;
    throw new IopathError(ExitStatus.cannotRun, message, {
      remedy: "allow more: checking out and installing a revision takes its part of them",
    });
  }
}

async function gateWithin(time: TimeLimit, options: LanesOptions): Promise<GateResult> {
  const { onProgress, cells } = options;
  const { signal, deadlineMs } = time;
  const started = { at: new Date().toISOString(), ms: performance.now() };
  const revision = findRevision(options.against);
  requireLabPrivileges();
  using _lock = await holdMachine({ waitMinutes: options.waitMinutes, signal, tell: onProgress });
  using tree = await openWorkTree(revision, { signal, onProgress });
  using lanes = new LanePair();
  const threshold = options.threshold ?? defaultLimits.threshold;
  const limits = {
    ...defaultLimits,
    threshold,
    mustSee: Math.max(defaultLimits.mustSee, 2 * threshold),
  };
  const sides = { baseline: { revision: tree }, candidate: { revision: ownRevision } };
  const random = uniformFrom(Date.now());
  const gate: PairedGate = { ...sides, lanes, limits, deadlineMs, signal, random, onProgress };
  const prepared = await prepareAll(cells, tree, gate);
  const ready = prepared.filter(({ preparation }) => preparation.status === "ready");
  const states = await withFloors(
    ready.map(({ cell }) => cell),
    gate,
  );
  await runPairedGate(states, gate);
  return resultOf({ prepared, states, gate, startedAt: started.at, startedMs: started.ms });
}

async function prepareAll(
  cells: readonly Cell[],
  baseline: Revision,
  { lanes, signal, onProgress }: PairedGate,
): Promise<Prepared[]> {
  const prepared: Prepared[] = [];
  for (const cell of cells) {
    const preparation = await prepareInTime(cell, {
      ...{ baseline, candidate: ownRevision, lanes, signal },
    });
    if (preparation.status !== "ready") onProgress(`${cell.id}: ${preparation.reason}`);
    prepared.push({ cell, preparation });
  }
  return prepared;
}

async function prepareInTime(cell: Cell, preparing: Preparing): Promise<Preparation> {
  try {
    return await prepare(cell, preparing);
  } catch (error) {
    if (!isTimeUp(error)) throw error;
    return { status: "late", reason: "the time was up before it was verified" };
  }
}

/**
 * Each cell with this machine's floor, measured now where it is not known. Where the time is up
 * before, nothing is known, and any difference counts as floor.
 */
export async function withFloors(cells: readonly Cell[], gate: PairedGate): Promise<CellState[]> {
  const floors = new Floors(gate.onProgress);
  const states: CellState[] = [];
  for (const cell of cells) {
    try {
      const floor = floors.of(cell) ?? (await measureFloor(cell, floors, gate));
      states.push(newState(cell, floor));
    } catch (error) {
      if (isTimeUp(error)) states.push(newState(cell, Number.POSITIVE_INFINITY));
      else if (error instanceof LaneError) {
        gate.lanes.renew();
        states.push({ ...newState(cell, 0), failure: error.message });
      } else throw error;
    }
  }
  return states;
}

/** The baseline against itself. */
async function measureFloor(cell: Cell, floors: Floors, gate: PairedGate): Promise<number> {
  gate.onProgress(`${cell.id}: measuring this machine's floor, equal code against itself`);
  const { baseline, lanes, signal, random } = gate;
  const rounds = [];
  for (let round = 0; round < floorRounds; round++) {
    const launches = [];
    for (const swapped of [false, true]) {
      const testbeds = lanes.testbeds(swapped);
      const order = { cell, baseline, candidate: baseline, testbeds, signal, random };
      launches.push(await runLaunch(order));
      lanes.requireSound();
    }
    rounds.push(launches);
  }
  return floors.learn(cell, rounds);
}
