/** The steps of a run in the words that a user sees while they are done. */
import { quantile } from "simple-statistics";
import { inUnitOf, unitOf } from "../matrix/clock.ts";
import { nameOfSection, type Section } from "../matrix/section.ts";
import type { Doing } from "../present/terminal/progress.ts";
import { problemOf } from "../rows/derive.ts";
import type { TrialResult } from "../trial/request.ts";
import type { Journal } from "./journal.ts";
import type { Step } from "./steps.ts";

/** Steps of one kind take about as long as each other. */
export function kindOf(step: Step): string {
  return `${step.kind} ${sectionOf(step)}`;
}

function sectionOf(step: Step): number {
  return step.kind === "probe" ? step.section : step.cell.section;
}

export function describeStep(step: Step, journal: Pick<Journal, "events" | "run">): Doing {
  const section = journal.run.config[sectionOf(step)]!;
  const where = nameOfSection(section);
  if (step.kind === "probe") {
    const what = `${step.path}/${step.variant}`;
    return { where: `${where}, probing`, what, soFar: "can it run here?" };
  }
  const { id, path, variant } = step.cell;
  const what = id.slice(id.indexOf(`${path}/${variant}/`)); // where it is, is said already
  if (step.kind === "verify") {
    const soFar = `${section.verifyFrames} random frames, byte by byte`;
    return { where: `${where}, verifying`, what, soFar };
  }
  const figure = figureSoFar(id, section, journal);
  const round = `${where}, round ${step.round + 1} of ${section.rounds}`;
  return { where: round, what, soFar: figure && `so far ${figure}` };
}

/** What came of a step, once it is in the journal. */
export function describeOutcome(
  step: Exclude<Step, { kind: "probe" }>,
  result: TrialResult,
  journal: Pick<Journal, "events" | "run">,
): string {
  if (problemOf(result)) return "failed";
  if (step.kind === "verify") return result.status;
  const section = journal.run.config[step.cell.section]!;
  return result.status === "measured" ? figureSoFar(step.cell.id, section, journal) : result.status;
}

const numbers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/**
 * "2,028 ns/frame, p10 1,987, p90 2,101" over the trials that were made; nothing before the first.
 */
function figureSoFar(
  cell: string,
  { clock }: Section,
  { events }: Pick<Journal, "events">,
): string {
  const samples = events.flatMap((entry) =>
    entry.event === "trial" && entry.cell === cell && entry.result.status === "measured"
      ? entry.result.samplesNs
      : [],
  );
  if (samples.length === 0) return "";
  const [p10, p50, p90] = quantile(samples, [0.1, 0.5, 0.9])
    .map((ns) => inUnitOf(clock, ns))
    .map((value) => numbers.format(value));
  return `${p50} ${unitOf(clock)}, p10 ${p10}, p90 ${p90}`;
}
