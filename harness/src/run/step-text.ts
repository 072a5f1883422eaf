/** The steps of a run in the words that a user sees while they are done. */
import { clockOf, nameOfPlace } from "@iopath/lab";
import { defaultWorkload } from "@iopath/workloads";
import { quantileSorted } from "simple-statistics";
import type { Outcomes } from "../journal/outcomes.ts";
import type { LaunchStep, SingleStep, Step } from "../journal/step.ts";
import type { Cell } from "../matrix/cell.ts";
import { inUnitOf, unitOf } from "../matrix/clock.ts";
import { nameOfSize } from "../matrix/frame-size.ts";
import type { Section } from "../matrix/section.ts";
import { formatFigure } from "../present/number-format.ts";
import type { Doing } from "../present/terminal/progress.ts";
import { estimateOver } from "../statistics/launches.ts";
import { problemOf } from "../trial/problem.ts";
import type { MeasuredResult, TrialResult } from "../trial/request.ts";

export function describeStep(step: Step, section: Section, outcomes: Outcomes): Doing {
  const where = nameOfPlace(section.place);
  if (step.kind === "probe") {
    return { where: `${where}, probing`, what: nameOfStep(step), soFar: "can it run here?" };
  }
  if (step.kind === "launch") return describeLaunch(step, where, section, outcomes);
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

/** "64B, window 64: 19 cells side by side", and how narrow the intervals are so far. */
function describeLaunch(
  { cells, round }: LaunchStep,
  where: string,
  section: Section,
  outcomes: Outcomes,
): Doing {
  const [first] = cells;
  const { frameBytes, window, workload } = first!;
  const task = workload === defaultWorkload.name ? [] : [workload];
  const shape = [nameOfSize(frameBytes), `window ${window}`, ...task].join(", ");
  const stage = round < section.rounds ? ` of ${section.rounds}` : ", narrowing";
  return {
    where: `${where}, launch ${round + 1}${stage}`,
    what: `${shape}: ${cells.length} ${cells.length === 1 ? "cell" : "cells"} in turns`,
    soFar: widthsOf(cells, section, outcomes),
  };
}

/** What came of a launch. */
export function describeLaunchOutcome(
  results: ReadonlyMap<Cell, TrialResult>,
  section: Section,
  outcomes: Outcomes,
): string {
  if (results.size === 0) return "left out";
  const failed = [...results.values()].filter(problemOf).length;
  const widths = widthsOf([...results.keys()], section, outcomes);
  return [widths || "measured", failed > 0 ? `${failed} failed` : ""].filter(Boolean).join(", ");
}

/** "±0.6 % at the median, ±2.1 % at most"; nothing before the second launch. */
function widthsOf(cells: readonly Cell[], { rounds }: Section, outcomes: Outcomes): string {
  const halves = cells.flatMap(({ id }) => {
    const figures = outcomes.figuresOf(id);
    return figures.length > 1 ? [estimateOver(figures, rounds).halfWidth ?? []].flat() : [];
  });
  if (halves.length === 0) return "";
  const sorted = halves.sort((a, b) => a - b);
  const text = (half: number) => `±${(100 * half).toFixed(1)} %`;
  return `${text(quantileSorted(sorted, 0.5))} at the median, ${text(sorted.at(-1)!)} at most`;
}

/** Of the cells of a launch, as `notesOf` of a trial. */
export function notesOfLaunch(
  results: ReadonlyMap<Cell, TrialResult>,
  outcomes: Outcomes,
): string[] {
  return [...results].flatMap(([cell, result]) =>
    notesOf({ kind: "trial", cell, round: 0 }, result, outcomes),
  );
}

/** "xdp/native", "xdp/native mac-swap", or the id of a cell. */
function nameOfStep(step: SingleStep): string {
  return step.kind === "probe" ? nameOfVariant(step) : step.cell.id;
}

/** A variant, and the workload where it is not the default one. */
export function nameOfVariant({
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
export function notesOf(step: SingleStep, result: TrialResult, outcomes: Outcomes): string[] {
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
