/** From the lanes' figures to the gate's verdicts, one per cell. Pure. */

import type { Cell } from "../../matrix/cell.ts";
import { formatPercent } from "../../present/number-format.ts";
import type { CellVerdict, GateResult } from "../verdict.ts";
import { type CellState, costsOf, type PairedGate } from "./paired-gate.ts";
import type { Prepared } from "./preparation.ts";

interface Finding {
  readonly prepared: readonly Prepared[];
  readonly states: readonly CellState[];
  readonly gate: Pick<PairedGate, "baseline" | "candidate" | "limits">;
  readonly startedAt: string;
  /** Of `performance.now()`. */
  readonly startedMs: number;
}

export function resultOf({ prepared, states, gate, startedAt, startedMs }: Finding): GateResult {
  const { baseline, candidate, limits } = gate;
  const broken = prepared.filter(({ preparation }) => preparation.status === "failed");
  const dead = states.filter(({ failure }) => failure !== undefined);
  return {
    clock: "wall",
    baseline: baseline.revision.label,
    candidate: candidate.revision.label,
    startedAt,
    elapsedMs: Math.round(performance.now() - startedMs),
    cells: [
      ...prepared.flatMap(({ cell, preparation }) => {
        const verdict = verdictsBefore[preparation.status];
        if (verdict === undefined) return [];
        return [verdictWithout(cell, verdict, reasonOf(preparation), limits.threshold)];
      }),
      ...states
        .filter(({ failure }) => failure === undefined)
        .map((state) => verdictOf(state, limits.threshold)),
    ],
    differences: [],
    failures: [
      ...broken.map(({ cell, preparation }) => ({ cell: cell.id, reason: reasonOf(preparation) })),
      ...dead.map(({ cell, failure }) => ({ cell: cell.id, reason: failure! })),
    ],
    notes: notesOf(prepared, states, gate),
  };
}

/** What is known of a cell before it is measured. */
const verdictsBefore: Partial<Record<Prepared["preparation"]["status"], CellVerdict["verdict"]>> = {
  new: "new",
  missing: "missing",
  late: "inconclusive",
};

function reasonOf(preparation: Prepared["preparation"]): string {
  return preparation.status === "ready" ? "" : preparation.reason;
}

const nothing = {
  clock: "wall",
  unit: "ns/frame",
  baseline: null,
  candidate: null,
  ratio: null,
  interval: null,
  pValue: null,
  detectable: null,
} as const;

function verdictWithout(
  { id }: Cell,
  verdict: CellVerdict["verdict"],
  reason: string,
  threshold: number,
): CellVerdict {
  return { ...nothing, cell: id, verdict, threshold, reason };
}

function verdictOf({ cell, launches, judgement }: CellState, allowed: number): CellVerdict {
  if (!judgement) {
    const reason = "the time was up before it was measured";
    return verdictWithout(cell, "inconclusive", reason, allowed);
  }
  const [baseline, candidate] = costsOf(launches);
  const { verdict, ratio, interval, pValue, threshold, detectable } = judgement;
  return {
    cell: cell.id,
    verdict,
    clock: "wall",
    unit: "ns/frame",
    baseline,
    candidate,
    ratio,
    interval: Number.isFinite(interval.high - interval.low) ? interval : null,
    threshold,
    pValue,
    detectable: Number.isFinite(detectable) ? detectable : null,
    reason: verdict === "inconclusive" ? "more noise than difference when the time was up" : "",
  };
}

/** What a reader needs to know how sure this is. */
function notesOf(
  prepared: readonly Prepared[],
  states: readonly CellState[],
  { limits }: Finding["gate"],
): string[] {
  const launches = states.reduce((sum, state) => sum + state.launches.length, 0);
  const pairs = states.flatMap((state) => state.launches).reduce((n, l) => n + l.pairs.length, 0);
  const floors = states.map(({ floor }) => floor).filter(Number.isFinite);
  const absent = prepared.filter(({ preparation }) => preparation.status === "unsupported");
  return [
    `${pairs} pairs of slices in ${launches} launches, lanes swapped between launches`,
    `chance of a false alarm in this gate: ${formatPercent(limits.alpha)} at most, over ${limits.looksMax} looks and all cells (permutation test over pairs, Holm)`,
    ...(floors.length > 0
      ? [
          `equal code differed by ${formatPercent(Math.max(...floors))} at most on this machine (floor)`,
        ]
      : []),
    ...absent.map(({ cell, preparation }) => `${cell.id} left out: ${reasonOf(preparation)}`),
  ];
}
