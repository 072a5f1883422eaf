/** A gate's result: one verdict per cell, and the exit status that follows. Pure. */
import type { Row } from "../rows/row.ts";
import type { Interval } from "../statistics/interval.ts";

export type Verdict =
  | "pass"
  | "regression"
  | "improvement"
  /** Undecided: another environment, or more noise than difference. */
  | "inconclusive"
  /** In the baseline, and the candidate has no figure of it: a failure, not silence. */
  | "missing"
  /** The baseline does not have it yet. */
  | "new";

export interface CellVerdict {
  /** `Cell.id`. */
  readonly cell: string;
  readonly verdict: Verdict;
  readonly clock: Row["clock"];
  readonly unit: Row["unit"];
  /** Figures of the two sides, in `unit`; null where a side has none. */
  readonly baseline: number | null;
  readonly candidate: number | null;
  /** candidate / baseline: above 1 the candidate costs more. */
  readonly ratio: number | null;
  /** Of the ratio, where it is an estimate: on the clock `wall`. */
  readonly interval: Interval | null;
  /** Relative difference from which on it counts: 0.01 is 1 %. */
  readonly threshold: number;
  /** Corrected for the number of cells; on the clock `wall`. */
  readonly pValue: number | null;
  /** The smallest relative difference that could have been seen; on the clock `wall`. */
  readonly detectable: number | null;
  /** In words; empty for none. */
  readonly reason: string;
  /** Of a regression in instructions: the functions that got dearer, most first. */
  readonly functions?: readonly DearerFunction[];
}

/** What a function executes itself, in instructions per frame. */
export interface DearerFunction {
  readonly name: string;
  /** The file, module or library that it is of. */
  readonly object: string;
  readonly baseline: number;
  readonly candidate: number;
}

/** What differs between where the two sides were measured. */
export interface Difference {
  readonly what: string;
  readonly baseline: string;
  readonly candidate: string;
  /** Whether figures can't be compared because of it. */
  readonly decides: boolean;
}

/** The result of one gate, on either clock; every report is made of it. */
export interface GateResult {
  readonly clock: Row["clock"];
  /** What the two sides are, in words: a file, a revision. */
  readonly baseline: string;
  readonly candidate: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly cells: readonly CellVerdict[];
  readonly differences: readonly Difference[];
  /** Cells of the candidate that could not be measured, such as one that fails verification. */
  readonly failures: readonly { readonly cell: string; readonly reason: string }[];
  /** Lines below the table: noise floor, number of pairs, what to do next. */
  readonly notes: readonly string[];
}

/** Exit statuses of `iopath gate`; they are its own, and a CI job can tell them apart. */
export const GateStatus = { pass: 0, regression: 1, couldNotRun: 2, inconclusive: 3 } as const;
export type GateStatus = (typeof GateStatus)[keyof typeof GateStatus];

/** The worst verdict decides. @param inconclusive how undecided cells count */
export function gateStatus(
  { cells, failures }: Pick<GateResult, "cells" | "failures">,
  inconclusive: "fail" | "pass",
): GateStatus {
  const has = (...verdicts: Verdict[]) => cells.some(({ verdict }) => verdicts.includes(verdict));
  if (failures.length > 0) return GateStatus.couldNotRun;
  if (has("regression", "missing")) return GateStatus.regression;
  if (has("inconclusive") && inconclusive === "fail") return GateStatus.inconclusive;
  return GateStatus.pass;
}

/** How many cells got each verdict, the worst first: "1 regression, 12 pass". */
export function countVerdicts(cells: readonly CellVerdict[]): string {
  const order: Verdict[] = ["regression", "missing", "inconclusive", "improvement", "new", "pass"];
  const counts = order
    .map((verdict) => [cells.filter((cell) => cell.verdict === verdict).length, verdict] as const)
    .filter(([count]) => count > 0);
  return counts.map(([count, verdict]) => `${count} ${verdict}`).join(", ") || "no cells";
}
