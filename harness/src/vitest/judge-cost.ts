/** What a matcher says of one cell: the gate's own judgement, in words. Pure. */
import { type BaselineRow, type GateRow, toBaselineRow } from "../gate/counted/gate-row.ts";
import { judgeRows } from "../gate/counted/judge-counts.ts";
import { formatPercent } from "../present/number-format.ts";

/** @param limit rows of a baseline, or a figure in the cell's unit */
export function judgeCost(
  cell: GateRow | undefined,
  limit: readonly BaselineRow[] | number,
  within: number,
): { readonly pass: boolean; readonly told: string } {
  if (!cell) return { pass: false, told: "there is no such cell" };
  const old = baselineOf(cell, limit);
  if (!old) return { pass: false, told: whyNone(cell) };
  const found = judgeRows([old], [cell], { within, cells: {} });
  const { verdict, reason, baseline, candidate, ratio } = found.cells[0]!;
  const change = ratio === null ? "" : `, ${formatPercent(ratio - 1, true)}`;
  const figures = `${candidate ?? "no figure"} against ${baseline} ${cell.unit}${change}`;
  return {
    pass: verdict === "pass" || verdict === "improvement",
    told: `${verdict}: ${figures}${reason && `: ${reason}`}`,
  };
}

function baselineOf(cell: GateRow, limit: readonly BaselineRow[] | number) {
  if (typeof limit !== "number") return limit.find((row) => row.cell === cell.cell);
  return toBaselineRow({ ...cell, status: "measured", p10: limit });
}

function whyNone({ status, reason }: GateRow): string {
  return status === "measured" ? "it is not in the baseline" : `${status}: ${reason}`;
}
