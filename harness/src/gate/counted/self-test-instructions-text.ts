/**
 * The self-test of the gate on instructions as a table: what it alarms at, and what it finds. Pure.
 */
import { formatPercent } from "../../present/number-format.ts";
import { plainTable } from "../../present/terminal/plain-table.ts";
import { type Thresholds, thresholdOf } from "../thresholds.ts";
import type { CellVerdict } from "../verdict.ts";
import { type GateRow, toBaselineRow } from "./gate-row.ts";
import { judgeRows } from "./judge-counts.ts";
import type { CountedSelfTest, PlantedRun } from "./self-test-instructions.ts";

/** The verdict on each cell of a gate of `candidate` against `baseline`. */
function gateOf(
  baseline: readonly GateRow[],
  candidate: readonly GateRow[],
  thresholds: Thresholds,
) {
  const rows = baseline.flatMap((row) => toBaselineRow(row) ?? []);
  return judgeRows(rows, candidate, thresholds).cells;
}

/** A false alarm, in either direction. */
function isAlarm({ verdict }: CellVerdict): boolean {
  return verdict === "regression" || verdict === "improvement";
}

/** Every pair of runs of equal code is a gate. */
export function equalGates(
  { equal }: Pick<CountedSelfTest, "equal">,
  thresholds: Thresholds,
): (readonly CellVerdict[])[] {
  return equal.flatMap((baseline, i) =>
    equal.slice(i + 1).map((candidate) => gateOf(baseline, candidate, thresholds)),
  );
}

/**
 * "10 of 10 (+0.61 %)": regressions found, and the change at the median; "" where the work has no
 * place.
 */
function foundOf(
  { trials }: PlantedRun,
  without: PlantedRun,
  cell: string,
  thresholds: Thresholds,
): string {
  const verdicts = trials.flatMap((rows, i) => {
    const found = gateOf(without.trials[i] ?? [], rows, thresholds);
    return found.filter((one) => one.cell === cell && one.ratio !== null);
  });
  if (verdicts.length === 0) return "";
  const found = verdicts.filter(({ verdict }) => verdict === "regression").length;
  const changes = verdicts.map(({ ratio }) => ratio! - 1).sort((a, b) => a - b);
  return `${found} of ${verdicts.length} (${formatPercent(changes[changes.length >>> 1]!, true)})`;
}

export function formatCountedSelfTest(test: CountedSelfTest, thresholds: Thresholds): string {
  const gates = equalGates(test, thresholds);
  const without = test.planted.find(({ planted }) => planted === undefined);
  const withWork = without ? test.planted.filter(({ planted }) => planted !== undefined) : [];
  const heads = withWork.map(({ planted }) => `+${planted!.count} ${planted!.kind}`);
  const cells = new Set([...test.equal, without?.rows ?? []].flat().map(({ cell }) => cell));
  const lines = [...cells].map((cell) => {
    const verdicts = gates.flat().filter((one) => one.cell === cell && one.ratio !== null);
    const alarms =
      verdicts.length > 0 ? `${verdicts.filter(isAlarm).length} of ${verdicts.length}` : "";
    const found = withWork.map((one) => foundOf(one, without!, cell, thresholds));
    const spread = spreadOf(test.equal, cell);
    return [cell, formatPercent(thresholdOf(thresholds, cell)), spread, alarms, ...found];
  });
  const figures = ["allowed", "spread", "alarms", ...heads];
  const aligns = ["left", ...figures.map(() => "right" as const)] as const;
  return [...plainTable(["cell", ...figures], lines, aligns), "", ...footOf(test, gates)].join(
    "\n",
  );
}

/** Largest less smallest p10 of equal code, of the smallest. */
function spreadOf(runs: readonly (readonly GateRow[])[], cell: string): string {
  const figures = runs.flatMap((rows) => rows.find((row) => row.cell === cell)?.p10 ?? []);
  if (figures.length < 2) return "";
  const low = Math.min(...figures);
  return formatPercent((Math.max(...figures) - low) / low);
}

function footOf(
  { equal, missing }: CountedSelfTest,
  gates: readonly (readonly CellVerdict[])[],
): string[] {
  const alarms = gates.filter((cells) => cells.some(isAlarm)).length;
  return [
    `${equal.length} runs of equal code, every other one beside a busy CPU; each pair of them is a gate: ${gates.length} gates, ${alarms} with a false alarm`,
    "planted work: regressions found, of trials with it, each against a trial without (median change)",
    ...(missing > 0
      ? [`${missing} runs are still to be made: the same command goes on with them`]
      : []),
  ];
}
