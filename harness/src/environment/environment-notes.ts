/** What of an environment bears on every figure of a run, in words. */
import { parseCpus } from "@iopath/native";
import type { Environment } from "./environment.ts";
import { unknown } from "./own-revision.ts";

type Cpus = Pick<Environment, "cpuQuota" | "cpusAllowed" | "cpusOnline">;

/** What limits the CPUs of a run: none of it stops the run. */
export function notesOnCpus({ cpuQuota, cpusAllowed, cpusOnline }: Cpus): string[] {
  const quota =
    `A control group leaves this run ${cpuQuota} CPUs of time. Where that is used up it waits for ` +
    "the next period, and high quantiles are of such waits.";
  const alone =
    "This run has one CPU: what gives it to cell after cell takes its own part between their slices.";
  return [
    ...(cpuQuota === null ? [] : [quota]),
    ...(parseCpus(cpusAllowed).length === 1 ? [alone] : []),
    ...(cpusAllowed === cpusOnline
      ? []
      : [`This run might use CPUs ${cpusAllowed} of ${cpusOnline}.`]),
  ];
}

/** Whether others can have the files that were measured. */
export function notesOnRevision({
  revision,
  revisionDirty,
  revisionProblem,
}: Pick<Environment, "revision" | "revisionDirty" | "revisionProblem">): string[] {
  const why = revisionProblem === "" ? "" : ` (${revisionProblem})`;
  if (revision === unknown) return [`The revision of iopath's files is not known${why}.`];
  if (revisionDirty !== true) return [];
  return ["Tracked files differed from the revision when this was measured."];
}
