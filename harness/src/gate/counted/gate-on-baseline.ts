/**
 * A gate on the clock `instructions`: finds candidate and baseline, and judges the one by the
 * other.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { baselineFile, loadBaseline } from "../baseline.ts";
import { parseRows, readSource } from "../read-rows.ts";
import type { Thresholds } from "../thresholds.ts";
import type { GateResult } from "../verdict.ts";
import { type GateRow, gateRowSchema } from "./gate-row.ts";
import { judgeRows } from "./judge-counts.ts";

export interface Candidate {
  /** In words: a file, or the revision that was measured just now. */
  readonly name: string;
  readonly rows: readonly GateRow[];
  /**
   * Whether only a part of the cells was asked for: then no other cell of the baseline is missed.
   */
  readonly isPart: boolean;
}

/** @param place a results.csv, or the folder of a run */
export function readCandidate(place: string): Candidate {
  const { text, source } = readSource(place, "`iopath run` and `iopath gate` write such a file");
  const rows = parseRows(text, gateRowSchema, source);
  return { name: `${source.name} (${nameOf(rows)})`, rows, isPart: false };
}

export function nameOf(rows: readonly GateRow[]): string {
  const [revision = "", dirty] = (rows[0]?.revision ?? "").split("+");
  return `revision ${revision.slice(0, 12)}${dirty ? ", with changes" : ""}`;
}

/**
 * @param chosen what to take as the baseline: a file, a revision, or undefined for the one that is
 *   here
 * @throws IopathError when it is missing or can't be used
 */
export function gate(
  candidate: Candidate,
  chosen: string | undefined,
  thresholds: Thresholds,
): Omit<GateResult, "startedAt" | "elapsedMs"> {
  const { rows } = candidate;
  const [first] = rows;
  if (!first) throw new IopathError(ExitStatus.input, `${candidate.name} has no cells to gate`);
  refuseWallClock(rows);
  const baseline = loadBaseline(chosen, baselineFile(first));
  const asked = new Set(rows.map(({ cell }) => cell));
  const compared = candidate.isPart
    ? baseline.rows.filter(({ cell }) => asked.has(cell))
    : baseline.rows;
  const judged = judgeRows(compared, rows, thresholds);
  const improved = judged.cells.some(({ verdict }) => verdict === "improvement");
  const unknown = judged.cells.some(({ verdict }) => verdict === "new");
  const left = baseline.rows.length - compared.length;
  return {
    clock: first.clock,
    baseline: baseline.name,
    candidate: candidate.name,
    ...judged,
    notes: [
      ...(left > 0 ? [`${left} cells of the baseline were not asked for`] : []),
      ...(improved ? ["`iopath baseline update` keeps the improvement from being lost again"] : []),
      ...(unknown ? ["`iopath baseline update` adds the new cells"] : []),
    ],
  };
}

/** Two wall-clock runs of one revision differ by more than what a gate is to find. */
function refuseWallClock(rows: readonly GateRow[]): void {
  const wall = rows.find(({ clock }) => clock === "wall");
  if (!wall) return;
  const message = `${wall.cell} is in wall time, which does not repeat well enough from run to run`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: "gate on `--clock instructions`, or against another revision in one run",
  });
}
