/** Steps of a run that are profiled as they are counted: their files and their events. */
import { dirname, join } from "node:path";
import type { Journal } from "../journal/journal.ts";
import type { Outcomes } from "../journal/outcomes.ts";
import type { SingleStep } from "../journal/step.ts";
import { isBeside } from "../matrix/beside.ts";
import { type Cell, expandMatrix } from "../matrix/cell.ts";
import type { Section } from "../matrix/section.ts";
import { testerOnly } from "../paths/all.ts";
import { profilesFolder, readProfile } from "../profile/folder.ts";
import { groupCosts } from "../profile/groups.ts";
import { missMax, type Profile } from "../profile/profile.ts";
import type { ClosedLoopOrder, TrialRunner } from "../runner/runner.ts";
import type { TrialResult } from "../trial/request.ts";
import { profileTrial } from "./profile-trial.ts";

/** The first trial of each cell of a section that says so: others would tell the same. */
export function isProfiled(
  step: SingleStep,
  { profiles = false }: Section,
): step is SingleStep & { kind: "trial" } {
  return profiles && step.kind === "trial" && step.round === 0;
}

/**
 * Makes the trial of a cell (again without a profile, where it failed with one), writes its
 * profile's files into the run's folder, and journals what the instructions were for.
 */
export async function profileStep(
  cell: Cell,
  order: ClosedLoopOrder,
  journal: Journal,
  runner: TrialRunner,
): Promise<TrialResult> {
  const { result, profile } = await profileTrial(runner, order, cell.id);
  if (result.status === "failed") {
    // It may be the profiler that failed it, or took its guest down.
    journal.append({ event: "profile", cell: cell.id, profile: { problem: result.reason } });
    return await runner.run(order);
  }
  if (result.status !== "measured") return result;
  const cost = "problem" in profile ? profile : { p50: profile.p50, groups: groupCosts(profile) };
  if (!("problem" in profile)) await write(cell, profile, journal);
  journal.append({ event: "profile", cell: cell.id, profile: cost });
  return result;
}

async function write(cell: Cell, profile: Profile, journal: Journal): Promise<void> {
  // Imported here: a process that starts to measure must not load what draws.
  const { writeProfile } = await import("../present/page/write-profile.ts");
  const folder = join(dirname(journal.file), profilesFolder);
  const { outcomes, run } = journal;
  const beside = expandMatrix(run.config).find(
    (other) => other.path === testerOnly && isBeside(other, cell) && hasProfile(other, outcomes),
  );
  // What a path itself costs is the difference to the tester alone.
  const before = beside && readProfile(folder, beside.id);
  const { iopath, revision } = run.environment;
  writeProfile(folder, { profile, before, exporter: `iopath ${iopath} (commit ${revision})` });
}

function hasProfile({ id }: Cell, outcomes: Outcomes): boolean {
  const profile = outcomes.profileOf(id);
  return profile !== undefined && !("problem" in profile);
}

/** What a user should know at once: that the profile is missing, or a part of it. */
export function notesOnProfile({ id }: Cell, outcomes: Outcomes): string[] {
  const profile = outcomes.profileOf(id);
  if (!profile) return [];
  if ("problem" in profile) return [`no profile of ${id}: ${profile.problem}`];
  const sum = profile.groups.reduce((all, { own }) => all + own, 0);
  const miss = Math.abs(sum / profile.p50 - 1);
  if (miss <= missMax) return [];
  return [`the profile of ${id} adds up to ${sum.toFixed(2)}, and its median is ${profile.p50}`];
}
