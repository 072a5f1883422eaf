/** `iopath baseline update`: the figures of a run become the baseline, or the old one stays. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { readIfThere } from "@iopath/native";
import { baselineFile, parseBaseline, resolveBaseline, writeBaseline } from "../baseline.ts";
import type { Candidate } from "./gate-on-baseline.ts";
import { type BaselineRow, type GateRow, toBaselineRow } from "./gate-row.ts";

/** The file of a baseline that is to be written. */
export function fileToUpdate({ rows }: Candidate, chosen: string | undefined): string {
  const first = rows.find(({ clock }) => clock === "instructions") ?? noCounts(rows);
  return chosen ?? resolveBaseline(baselineFile(first));
}

/**
 * Writes all cells that have a figure on the clock `instructions`: wall time does not repeat. Of a
 * run that was narrowed, the other cells stay as they were.
 *
 * @returns what was done, for the user
 * @throws IopathError when a cell failed, so that no baseline lacks it, or nothing was measured
 */
export function updateBaseline(candidate: Candidate, chosen: string | undefined): string {
  const { isPart } = candidate;
  const rows = candidate.rows.filter(({ clock }) => clock === "instructions");
  const failed = rows.find(({ status }) => status === "failed" || status === "incomplete");
  if (failed) {
    const message = `no baseline is made of a run in which ${failed.cell} ${failed.status}: ${failed.reason}`;
    throw new IopathError(ExitStatus.cellFailed, message, { remedy: "the old one is as it was" });
  }
  const measured = rows.flatMap((row) => toBaselineRow(row) ?? []);
  const first = measured[0] ?? noCounts(rows);
  const file = fileToUpdate(candidate, chosen);
  const old = readOld(file, isPart);
  const fresh = new Set(measured.map(({ cell }) => cell));
  const kept = isPart ? old.filter(({ cell }) => !fresh.has(cell)) : [];
  writeBaseline(file, [...kept, ...measured]);
  const dropped = isPart ? [] : old.filter(({ cell }) => !fresh.has(cell));
  return [
    `written: ${file}: ${measured.length} cells measured at ${first.revision.slice(0, 12)}`,
    kept.length > 0 ? `${kept.length} others stay as they were` : "",
    ...dropped.map(({ cell }) => `no longer in it: ${cell}`),
    ...rows.filter(({ status }) => status === "skipped").map((row) => `skipped: ${row.cell}`),
  ]
    .filter(Boolean)
    .join("\n");
}

function noCounts(rows: readonly GateRow[]): never {
  const message = "no instructions were counted, so no baseline is made";
  const remedy = rows[0]?.reason ?? "the old one is as it was";
  throw new IopathError(ExitStatus.cannotRun, message, { remedy });
}

/** A damaged old file may only be replaced as a whole. */
function readOld(file: string, isPart: boolean): BaselineRow[] {
  const text = readIfThere(file);
  if (text === undefined) return [];
  try {
    return parseBaseline(text, file);
  } catch (error) {
    if (isPart) throw error;
    return [];
  }
}
