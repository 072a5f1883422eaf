/**
 * Before a cell is measured: can both revisions run it here, and do both forward every frame as
 * they should?
 */

import { defaultWorkload } from "@iopath/workloads";
import type { Cell } from "../../matrix/cell.ts";
import { pathNameOf, testerOnly } from "../../paths/all.ts";
import type { TrialOrder } from "../../runner/runner.ts";
import type { TrialResult } from "../../trial/request.ts";
import { knowsWorkloads, nodeOf, type Revision } from "../../trial/revision.ts";
import { programOf, runTrial } from "../../trial/spawn-trial.ts";
import { verificationProblem } from "../../trial/verify/verify.ts";
import { workloadNameOf } from "../../workloads/known.ts";
import type { LanePair } from "./lane-pair.ts";

const trialLimitMs = 60_000;
const verifyFrames = 2000;

/** Why a cell can't be compared; `ready` when it can. */
export type Preparation =
  | { readonly status: "ready" }
  /** Neither side can run it here. */
  | { readonly status: "unsupported"; readonly reason: string }
  /** Only the candidate has it. */
  | { readonly status: "new"; readonly reason: string }
  /** Only the baseline has it. */
  | { readonly status: "missing"; readonly reason: string }
  /** The gate's time was up before it was known. */
  | { readonly status: "late"; readonly reason: string }
  /** A side forwards wrongly, or its trial died. */
  | { readonly status: "failed"; readonly reason: string };

/** A cell, and why it can't be compared, if so. */
export interface Prepared {
  readonly cell: Cell;
  readonly preparation: Preparation;
}

export interface Preparing {
  readonly baseline: Revision;
  readonly candidate: Revision;
  readonly lanes: LanePair;
  readonly signal: AbortSignal;
}

export async function prepare(cell: Cell, preparing: Preparing): Promise<Preparation> {
  if (cell.path === testerOnly) return { status: "ready" }; // it forwards nothing
  const lackOfName = lackOfWorkloads(cell, preparing.baseline);
  if (lackOfName) return { status: "new", reason: lackOfName };
  const [before, after] = await onBoth({ role: "probe", ...wayOf(cell) }, preparing);
  const lack = { before: lackOf(before), after: lackOf(after) };
  if (lack.before && lack.after) return { status: "unsupported", reason: lack.after };
  if (lack.before) return { status: "new", reason: lack.before };
  if (lack.after) return { status: "missing", reason: lack.after };
  const seed = 1;
  const order = {
    role: "verify" as const,
    ...wayOf(cell),
    flows: cell.flows,
    frames: verifyFrames,
    seed,
  };
  const verified = await onBoth(order, preparing);
  const wrong = verified.flatMap((result, i) => {
    const problem = problemOf(result);
    const { label } = i === 0 ? preparing.baseline : preparing.candidate;
    return problem === undefined ? [] : [`${label} fails verification: ${problem}`];
  });
  if (wrong.length === 0) return { status: "ready" };
  preparing.lanes.renew();
  return { status: "failed", reason: wrong.join("; ") };
}

/** A revision that does not know the cell's workload would do its own, and nobody would notice. */
function lackOfWorkloads({ workload }: Cell, baseline: Revision): string | undefined {
  if (workload === defaultWorkload.name || knowsWorkloads(baseline)) return undefined;
  const { name } = defaultWorkload;
  return `${baseline.label} is from before workloads could be chosen: it does ${name} and no other`;
}

function wayOf({ path, variant, burst, workload }: Cell) {
  return { ...pathNameOf(path), ...workloadNameOf(workload), variant, burst };
}

/** The same trial in both revisions, each by its own program in a lab of its own. */
async function onBoth(
  order: TrialOrder,
  { baseline, candidate, lanes, signal }: Preparing,
): Promise<[TrialResult, TrialResult]> {
  const testbeds = lanes.testbeds(false);
  const ordered = [baseline, candidate].map((revision, i) => {
    const program = programOf(revision, nodeOf(revision));
    return runTrial({ ...order, testbed: testbeds[i]! }, trialLimitMs, signal, program);
  });
  return (await Promise.all(ordered)) as [TrialResult, TrialResult];
}

/**
 * Why a revision can't run a cell; undefined when it can. A path that it does not know is a failed
 * probe.
 */
function lackOf(result: TrialResult): string | undefined {
  if (result.status === "skipped") return `${result.missing}; ${result.remedy}`;
  return result.status === "failed" ? result.reason : undefined;
}

function problemOf(result: TrialResult): string | undefined {
  if (result.status === "verified") return verificationProblem(result);
  return result.status === "failed" ? result.reason : `the trial answered ${result.status}`;
}
