/** What runs the trials of one place. */
import type { Launch, LaunchOutcome } from "../lanes/launch.ts";
import { pathNameOf } from "../paths/all.ts";
import type { PathName } from "../paths/loaders.ts";
import type { OmitOfEach, TrialRequestInput, TrialResult } from "../trial/request.ts";
import { type WorkloadName, workloadNameOf } from "../workloads/known.ts";
import type { RawProfile } from "./guest-profiling.ts";

/**
 * A trial request without what the runner adds: testbed, modules, CPUs and the process that waits.
 */
export type TrialOrder = OmitOfEach<
  TrialRequestInput,
  "testbed" | "module" | "workloadModule" | "cpu" | "cpus" | "parentPid" | "team" | "profiling"
>;

export type ClosedLoopOrder = TrialOrder & { role: "closed-loop" };

/** How a trial finds the path and the workload of an order. */
export function namesOf({ path, workload }: TrialOrder): PathName & WorkloadName {
  return { ...pathNameOf(path), ...workloadNameOf(workload) };
}

export interface TrialRunner extends Disposable {
  /** Makes one trial. Whatever happens to the trial, it answers. */
  run(order: TrialOrder): Promise<TrialResult>;
  /**
   * Makes a launch of cells that are measured in turns, with a result for each; undefined where
   * several can't be alive at once.
   */
  launch?(launch: Launch): Promise<LaunchOutcome>;
  /** As `run`, of a loop whose sampled windows are profiled; undefined where none can be. */
  profile?(order: ClosedLoopOrder): Promise<CountedTrial>;
}

/** A closed loop's result, and what the profiler and the trial left of it. */
export interface CountedTrial {
  readonly result: TrialResult;
  /** None of a trial that failed or was skipped; or why there is nothing. */
  readonly raw?: RawProfile | { readonly missing: string };
}

/** What runners of every place take. */
export interface RunnerOptions {
  /** The CPU that measures; the last one that may be used there when not given. */
  readonly cpu?: number;
  /** Whether trials will be profiled, of a guest. */
  readonly profiles?: boolean;
  /** After which a trial is ended; the place's own limit when not given. */
  readonly trialLimitMs?: number;
  /** Ends the trial that runs. */
  readonly signal: AbortSignal;
}
