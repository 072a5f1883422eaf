/**
 * One launch of a cell: both sides alive, each on its lane, and the CPU given to the one and the
 * other in turn, slice by slice. What the machine does meanwhile meets both.
 */
import type { Testbed } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { Lane, LaneError } from "../../lanes/lane-process.ts";
import type { LaneRequest } from "../../lanes/protocol.ts";
import { takeTurns } from "../../lanes/take-turns.ts";
import type { Cell } from "../../matrix/cell.ts";
import type { Planted } from "../../matrix/planted.ts";
import { pathNameOf } from "../../paths/all.ts";
import { logsOfTurns, medianOf } from "../../statistics/paired-slices.ts";
import type { Revision } from "../../trial/revision.ts";
import { workloadNameOf } from "../../workloads/known.ts";

export interface Side {
  readonly revision: Revision;
  /** Needless work, to see whether the gate finds it. */
  readonly planted?: Planted;
}

interface LaunchOrder {
  readonly cell: Cell;
  readonly baseline: Side;
  readonly candidate: Side;
  /** Two equal labs: the baseline's and the candidate's. */
  readonly testbeds: readonly [Testbed, Testbed];
  readonly signal: AbortSignal;
  /** Uniform from 0 up to but not 1; draws which side of a pair goes first. */
  readonly random: () => number;
}

export interface LaunchResult {
  /** log(candidate / baseline), one number per pair. */
  readonly pairs: number[];
  /** Median of the slices, nanoseconds per frame. */
  readonly baselineNs: number;
  readonly candidateNs: number;
  readonly elapsedMs: number;
}

/** As `iopath run` warms up: for the JIT compiler and the caches. */
const warmUpFrames = 30_000;
/**
 * Short, so that both slices of a pair meet the same machine. Slices of 1, 2, 5 and 20 ms were
 * tried with equal code (docs/paired-gate.md); these repeat best on a busy machine.
 */
const sliceMs = 2;
const pairsPerLaunch = 150;

/** @throws LaneError when a lane dies or loses frames; both lanes have ended by then */
export async function runLaunch(order: LaunchOrder): Promise<LaunchResult> {
  const { baseline, candidate, testbeds } = order;
  const startMs = performance.now();
  const cpu = allowedCpus().at(-1)!;
  await using first = openLane(order, baseline, { testbed: testbeds[0], cpu });
  await using second = openLane(order, candidate, { testbed: testbeds[1], cpu });
  await Promise.all([first.ready(), second.ready()]);
  const slice = (lane: Lane) => () => lane.slice({ sliceMs });
  const options = { turns: pairsPerLaunch, cpu, random: order.random };
  const taken = await takeTurns([slice(first), slice(second)], options);
  for (const error of taken.dead.values()) throw error;
  if (taken.slices[0]!.length === 0) {
    throw new LaneError(
      `none of ${taken.discarded} pairs could be kept: the machine slept, its clock was set, or a CPU went away`,
    );
  }
  const [baselineNs, candidateNs] = taken.slices.map((list) =>
    list.map(({ costNs }) => costNs),
  ) as [number[], number[]];
  return {
    pairs: logsOfTurns({ costsNs: baselineNs, referenceNs: candidateNs }),
    baselineNs: medianOf(baselineNs),
    candidateNs: medianOf(candidateNs),
    elapsedMs: performance.now() - startMs,
  };
}

function openLane(
  { cell, signal }: LaunchOrder,
  side: Side,
  where: Pick<LaneRequest, "testbed" | "cpu">,
): Lane {
  const { path, variant, burst, frameBytes, flows, window, workload } = cell;
  const { planted } = side;
  const request = {
    ...pathNameOf(path),
    ...workloadNameOf(workload),
    ...{ ...where, variant, burst, frameBytes, flows, window, workers: 1 },
    warmUpWindows: Math.ceil(warmUpFrames / window),
    ...(planted ? { planted } : {}),
  };
  return new Lane(side.revision, request, signal);
}
