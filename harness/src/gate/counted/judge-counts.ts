/**
 * The verdicts of a gate on instructions: counts repeat, so they are compared as they are. Pure.
 */

import { type Thresholds, thresholdOf } from "../thresholds.ts";
import type { CellVerdict, Difference, GateResult } from "../verdict.ts";
import type { BaselineRow, GateRow } from "./gate-row.ts";

/** What an instruction count depends on besides the code that is gated. */
const deciding = {
  kernel: "kernel",
  qemu: "QEMU",
  node: "Node",
  cpu_model: "CPU model",
  guest_command: "guest command line",
} as const;

/** What may explain a difference; shown beside it. */
const telling = { iopath: "iopath", samples: "samples" } as const;

type Judged = Pick<GateResult, "cells" | "differences" | "failures">;

/**
 * Whether figures of different kernels, QEMUs and the like can be compared; "another kernel": only
 * the kernel may differ, since it is what is gated.
 */
type Environments = "same environment" | "another kernel" | "any environment";

/**
 * One verdict for each cell of either side. A cell whose environment differs is inconclusive,
 * whatever its figure: the difference would not be the candidate's. Thresholds far above what an
 * environment changes make no such difference.
 */
export function judgeRows(
  baseline: readonly BaselineRow[],
  candidate: readonly GateRow[],
  thresholds: Thresholds,
  environments: Environments = "same environment",
): Judged {
  const before = new Map(baseline.map((row) => [row.cell, row]));
  const after = new Map(candidate.map((row) => [row.cell, row]));
  const ids = new Set([...after.keys(), ...before.keys()]);
  const pairs = [...ids].map((id) => [before.get(id), after.get(id)] as const);
  const cells = pairs.flatMap(([old, row]) => judgeCell(old, row, thresholds, environments) ?? []);
  const failures = candidate
    .filter(({ status }) => status === "failed" || status === "incomplete")
    .map(({ cell, reason }) => ({ cell, reason }));
  return { cells, failures, differences: differencesOf(pairs, environments) };
}

/** The columns in which the two sides must not differ. */
function decidingIn(environments: Environments): Readonly<Record<string, string>> {
  if (environments === "any environment") return {};
  const { kernel: _kernel, ...others } = deciding;
  return environments === "another kernel" ? others : deciding;
}

type Pair = readonly [BaselineRow | undefined, GateRow | undefined];

function judgeCell(
  old: BaselineRow | undefined,
  row: GateRow | undefined,
  thresholds: Thresholds,
  environments: Environments,
): CellVerdict | undefined {
  const { cell, clock, unit } = (row ?? old)!;
  const measured = row?.p10 ?? null;
  const common = {
    ...{ cell, clock, unit, candidate: measured, baseline: old?.p10 ?? null, ratio: null },
    ...{ threshold: thresholdOf(thresholds, cell), interval: null, pValue: null, detectable: null },
  };
  if (!old) {
    if (measured === null) return undefined; // neither side has a figure of it
    return { ...common, verdict: "new", reason: "not in the baseline" };
  }
  if (measured === null) {
    const reason = row ? `${row.status}: ${row.reason}` : "not among the cells of the candidate";
    return { ...common, verdict: "missing", reason };
  }
  const apart = whyApart(old, row!, environments);
  if (apart) return { ...common, verdict: "inconclusive", reason: apart };
  const ratio = measured / old.p10;
  return { ...common, ratio, verdict: verdictOf(ratio, common.threshold), reason: "" };
}

function verdictOf(ratio: number, threshold: number): CellVerdict["verdict"] {
  if (ratio > 1 + threshold) return "regression";
  return ratio < 1 - threshold ? "improvement" : "pass";
}

function whyApart(old: BaselineRow, row: GateRow, environments: Environments): string {
  if (old.unit !== row.unit) return `${old.unit} in the baseline, ${row.unit} here`;
  return pairOf(old, row, decidingIn(environments))
    .map(({ what, baseline, candidate }) => nameDifference(what, baseline, candidate))
    .join("; ");
}

function pairOf(
  old: BaselineRow,
  row: GateRow,
  names: Readonly<Record<string, string>>,
): Omit<Difference, "decides">[] {
  return Object.entries(names).flatMap(([column, what]) => {
    const [baseline, candidate] = [old, row].map((side) =>
      String(side[column as keyof typeof side]),
    );
    return baseline === candidate ? [] : [{ what, baseline: baseline!, candidate: candidate! }];
  });
}

/** A command line is long: of it only the words that one side has and the other has not. */
function nameDifference(what: string, baseline: string, candidate: string): string {
  const [left, right] = [baseline.split(" "), candidate.split(" ")];
  if (what !== deciding.guest_command)
    return `another ${what}: ${baseline} in the baseline, ${candidate} here`;
  const only = (words: string[], others: string[]) =>
    words.filter((word) => !others.includes(word)).join(" ") || "nothing more";
  return `another ${what}: ${only(left, right)} in the baseline, ${only(right, left)} here`;
}

function differencesOf(pairs: readonly Pair[], environments: Environments): Difference[] {
  const columns = environments === "another kernel" ? decidingIn(environments) : deciding;
  const found = pairs.flatMap(([old, row]) => {
    if (!old || !row || row.p10 === null) return [];
    return [
      ...pairOf(old, row, columns).map((difference) => ({ ...difference, decides: true })),
      ...pairOf(old, row, telling).map((difference) => ({ ...difference, decides: false })),
    ];
  });
  const keyed = found.map((difference) => [JSON.stringify(difference), difference] as const);
  return [...new Map(keyed).values()];
}
