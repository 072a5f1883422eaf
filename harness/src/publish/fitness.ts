/** Whether a run is fit to be published, and if not, why. */

import { ExitStatus, IopathError } from "@iopath/contract";
import type { Environment } from "../environment/environment.ts";
import { unknown } from "../environment/own-revision.ts";
import { testerOnly } from "../paths/all.ts";
import type { Row } from "../rows/row.ts";
import type { JournaledRun } from "../run/earlier-run.ts";

export interface Allowances {
  /** Figures of a program of unknown revision. */
  readonly dirty: boolean;
  /** Cells that failed, that were cut, or whose frames nobody compared. */
  readonly unverified: boolean;
  /** The widest interval of a speed-up, relative: 0.1 is 10 %. */
  readonly width: number;
}

/** @throws IopathError, exit status 8, that names every reason and the flag that overrules it */
export function refuseUnfit({ run, rows }: JournaledRun, allowed: Allowances): void {
  const dirt = allowed.dirty ? [] : dirtOf(run.environment);
  const doubts = allowed.unverified ? [] : doubtsOf(rows);
  const wide = wideOf(rows, allowed.width);
  const reasons = [...dirt, ...doubts, ...wide];
  const flags = [
    dirt.length > 0 && "--allow-dirty",
    doubts.length > 0 && "--allow-unverified",
    wide.length > 0 && `--width ${widestOf(rows)}`,
  ];
  refuse(run.runId, reasons, flags, wide.length > 0 ? ", longer (--max-minutes)" : "");
}

/** @param flags those that overrule the reasons; @param how to measure again */
export function refuse(
  runId: string,
  reasons: readonly string[],
  flags: readonly (string | false)[],
  how = "",
): void {
  if (reasons.length === 0) return;
  throw new IopathError(
    ExitStatus.refused,
    `run ${runId} is not published:\n  ${reasons.join("\n  ")}`,
    {
      remedy: `measure again${how}, or publish it all the same with ${flags.filter(Boolean).join(" ")}`,
    },
  );
}

/** What is not known of the program that made the figures. */
export function dirtOf({ revision, revisionDirty, revisionProblem }: Environment): string[] {
  const why = revisionProblem === "" ? "" : ` (${revisionProblem})`;
  if (revision === unknown) return [`it does not know of which revision its files were${why}`];
  return revisionDirty
    ? [`tracked files differed from revision ${revision.slice(0, 12)}${why}`]
    : [];
}

function doubtsOf(rows: readonly Row[]): string[] {
  const unverified = rows.filter(
    ({ path, status, frames_verified }) =>
      path !== testerOnly && status === "measured" && !frames_verified,
  );
  return [
    ...(rows.some(({ status }) => status === "measured") ? [] : ["no cell of it was measured"]),
    ...tell(unverified, "measured though no frame of it was verified"),
    ...tell(
      rows.filter(({ status }) => status === "failed"),
      "failed",
    ),
    ...tell(
      rows.filter(({ status }) => status === "incomplete"),
      "cut before their last trial",
    ),
  ];
}

/** Rows of cells that were measured one by one know of no width, and are let through. */
function wideOf(rows: readonly Row[], allowed: number): string[] {
  return tell(
    rows.filter(({ width }) => width !== null && width > allowed),
    `interval of the speed-up wider than ${percentOf(allowed)} %`,
  );
}

/** In whole percents, so that the command of the remedy does what it says. */
function widestOf(rows: readonly Row[]): number {
  return Math.ceil(100 * Math.max(...rows.map(({ width }) => width ?? 0)));
}

function percentOf(width: number): number {
  return Math.round(1000 * width) / 10;
}

function tell(rows: readonly Row[], what: string): string[] {
  if (rows.length === 0) return [];
  const cells = rows.slice(0, 3).map(({ cell }) => cell);
  const more = rows.length > cells.length ? ` and ${rows.length - cells.length} more` : "";
  return [`${what}: ${cells.join(", ")}${more}`];
}
