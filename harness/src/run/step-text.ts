/** The steps of a run in the words that a user sees while they are done. */
import { clockOf, nameOfPlace } from "@iopath/lab";
import { defaultWorkload } from "@iopath/workloads";
import { quantileSorted } from "simple-statistics";
import type { Outcomes } from "../journal/outcomes.ts";
import type { Step } from "../journal/step.ts";
import type { Cell } from "../matrix/cell.ts";
import { inUnitOf, unitOf } from "../matrix/clock.ts";
import type { Section } from "../matrix/section.ts";
import { formatFigure } from "../present/number-format.ts";
import type { Doing } from "../present/terminal/progress.ts";
import { problemOf } from "../trial/problem.ts";
import type { MeasuredResult, TrialResult } from "../trial/request.ts";

export function describeStep(step: Step, section: Section, outcomes: Outcomes): Doing {
  const where = nameOfPlace(section.place);
  if (step.kind === "probe") {
    return { where: `${where}, probing`, what: nameOfStep(step), soFar: "can it run here?" };
  }
  const { id, path, variant } = step.cell;
  const what = id.slice(id.indexOf(`${path}/${variant}/`)); // `where` is shown beside it
  if (step.kind === "verify") {
    const soFar = `${section.verifyFrames} random frames, byte by byte`;
    return { where: `${where}, verifying`, what, soFar };
  }
  const latest = outcomes.latestOf(step.cell);
  const round = `${where}, round ${step.round + 1} of ${section.rounds}`;
  return { where: round, what, soFar: latest ? `last ${figureOf(latest, section)}` : "" };
}

/** "xdp/native", "xdp/native mac-swap", or the id of a cell. */
function nameOfStep(step: Step): string {
  return step.kind === "probe" ? nameOfWay(step) : step.cell.id;
}

/** A variant, and the workload where it is not the default one. */
export function nameOfWay({
  path,
  variant,
  workload,
}: Pick<Cell, "path" | "variant" | "workload">) {
  const name = `${path}/${variant}`;
  return workload === defaultWorkload.name ? name : `${name} ${workload}`;
}

/** What came of a step. */
export function describeOutcome(result: TrialResult, section: Section): string {
  if (problemOf(result)) return "failed";
  return result.status === "measured" ? figureOf(result, section) : result.status;
}

/**
 * What a user should know at once: why a step was skipped or failed, and what a reader of the
 * figures has to know, in the run's first trial of which it is true.
 *
 * @param outcomes with this result in them
 */
export function notesOf(step: Step, result: TrialResult, outcomes: Outcomes): string[] {
  if (result.status === "skipped") return [`skipped ${nameOfStep(step)}: ${result.missing}`];
  if (result.status === "measured") {
    const { note } = result;
    return note !== undefined && outcomes.timesNoted(note) === 1 ? [note] : [];
  }
  const problem = problemOf(result);
  return problem === undefined ? [] : [`failed ${nameOfStep(step)}: ${problem}`];
}

/** "2,028 ns/frame, p10 1,987, p90 2,101" of one trial. */
function figureOf({ samplesNs }: MeasuredResult, { place }: Section): string {
  const clock = clockOf(place);
  if (samplesNs.length === 0) return "";
  const [p10, p50, p90] = [0.1, 0.5, 0.9]
    .map((q) => inUnitOf(clock, quantileSorted(samplesNs, q)))
    .map((value) => formatFigure(value));
  return `${p50} ${unitOf(clock)}, p10 ${p10}, p90 ${p90}`;
}
