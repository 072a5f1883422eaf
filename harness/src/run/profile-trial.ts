/** One trial that is profiled as it is counted. */
import { explain, troubleOf } from "@iopath/contract";
import { quantileSorted } from "simple-statistics";
import { inUnitOf } from "../matrix/clock.ts";
import { joinProfile } from "../profile/join.ts";
import type { Profile } from "../profile/profile.ts";
import type { ClosedLoopOrder, TrialRunner } from "../runner/runner.ts";
import { problemOf } from "../trial/problem.ts";
import type { MeasuredResult, TrialResult } from "../trial/request.ts";

/** Or why it could not be made. */
export type MadeProfile = Profile | { readonly problem: string };

interface ProfiledTrial {
  /** The figure stands, whatever became of the profile. */
  readonly result: TrialResult;
  readonly profile: MadeProfile;
}

/** @throws Error from a runner of a place where nothing can be profiled */
export async function profileTrial(
  runner: Pick<TrialRunner, "profile">,
  order: ClosedLoopOrder,
  cell: string,
): Promise<ProfiledTrial> {
  if (!runner.profile) throw new Error(`${cell} was to be profiled where nothing can be`);
  // Of an odd number of windows one is the median itself.
  const samples = order.samples + (1 - (order.samples % 2));
  const { result, raw } = await runner.profile({ ...order, samples });
  if (result.status !== "measured") return { result, profile: { problem: problemOfTrial(result) } };
  if (!raw) throw new Error(`${cell} was profiled, and left neither counts nor a reason`);
  if ("missing" in raw) return { result, profile: { problem: raw.missing } };
  const about = { cell, window: order.window, p50: p50Of(result) };
  return { result, profile: joined(() => joinProfile(raw, about)) };
}

function problemOfTrial(result: TrialResult): string {
  if (result.status === "skipped") return `${result.missing}; ${result.remedy}`;
  return problemOf(result) ?? result.status;
}

function joined(join: () => Profile): MadeProfile {
  try {
    return join();
  } catch (error) {
    const trouble = troubleOf(error);
    if (!trouble) throw error;
    return { problem: explain(trouble) };
  }
}

/** Of a trial that counts: instructions per frame. */
export function p50Of({ samplesNs }: MeasuredResult): number {
  const samples = samplesNs.map((ns) => inUnitOf("instructions", ns));
  return quantileSorted(
    samples.sort((a, b) => a - b),
    0.5,
  );
}
