/** The steps of a run: what is left to do, and how one is done. */
import type { IopathError } from "@iopath/contract";
import { keyOfProbe, type StepEvent } from "../journal/events.ts";
import type { Journal } from "../journal/journal.ts";
import { type SectionOfRun, sectionsOfRun } from "../journal/sections.ts";
import type { CellStep, Step } from "../journal/step.ts";
import { type Axis, type AxisValues, axisList } from "../matrix/axis-list.ts";
import type { Cell } from "../matrix/cell.ts";
import type { Section } from "../matrix/section.ts";
import { testerOnly } from "../paths/all.ts";
import type { ClosedLoopOrder, TrialOrder, TrialRunner } from "../runner/runner.ts";
import type { TrialResult } from "../trial/request.ts";

/**
 * Of each section: probes of variants with several cells of one workload, then verify passes, then
 * the trials in rounds over all cells, so that slow drifts of the machine meet them all; less what
 * was done before.
 */
export function planSteps({ outcomes, run }: Pick<Journal, "outcomes" | "run">): PlannedSection[] {
  return sectionsOfRun(run).map((ours) => {
    const steps = stepsOf(ours.cells, ours.section.rounds);
    return { ...ours, steps: steps.filter((step) => !outcomes.isDone(step)) };
  });
}

/** A section with the steps that are left of it. */
export interface PlannedSection extends SectionOfRun {
  readonly steps: readonly Step[];
}

function stepsOf(cells: readonly Cell[], rounds: number): Step[] {
  const forwarding = cells.filter(({ path }) => path !== testerOnly);
  const variants = [...Map.groupBy(forwarding, keyOfProbe).values()];
  // A process takes seconds to start in a guest: one that only probes has to be worth it.
  const alone = new Set(variants.filter(({ length }) => length === 1).flat());
  const several = variants.filter(({ length }) => length > 1);
  return [
    ...several.map(([cell]): Step => {
      const { section, path, variant, workload } = cell!;
      return { kind: "probe", section, path, variant, workload };
    }),
    ...forwarding.map((cell): Step => ({ kind: "verify", cell, probes: alone.has(cell) })),
    ...Array.from({ length: rounds }, (_, round) =>
      cells.map((cell): Step => ({ kind: "trial", cell, round })),
    ).flat(),
  ];
}

/** Does one step and journals it. @returns undefined for a cell that is over: it is left out */
export async function perform(
  step: Step,
  section: Section,
  journal: Journal,
  runner: TrialRunner,
): Promise<TrialResult | undefined> {
  if (step.kind !== "probe" && journal.outcomes.isOver(step.cell)) return undefined;
  const result = await runner.run(orderOf(step, section));
  journal.append(eventOf(step, result));
  return result;
}

/** Journals a step whose place is not available. */
export function skip(step: Step, { message, remedy }: IopathError, journal: Journal): void {
  const result = { status: "skipped" as const, missing: message, remedy: remedy ?? "" };
  // One event per cell is enough: that of its variant's probe, or that of its first trial.
  if (step.kind === "verify") return;
  if (step.kind === "trial" && journal.outcomes.isOver(step.cell)) return;
  journal.append(eventOf(step, result));
}

function eventOf(step: Step, result: TrialResult): StepEvent {
  if (step.kind === "probe") {
    const { section, path, variant, workload } = step;
    return { event: "probe", section, path, variant, workload, result };
  }
  const { id: cell } = step.cell;
  if (step.kind === "verify") return { event: "verify", cell, result };
  return { event: "trial", cell, round: step.round, result };
}

function orderOf(step: Step, section: Section): TrialOrder {
  if (step.kind !== "probe") return trialOrder(step, section);
  const { path, variant, workload } = step;
  return { role: "probe", path, variant, workload, burst: 1 };
}

function trialOrder(step: CellStep, section: Section): TrialOrder {
  if (step.kind === "verify") {
    const { path, variant } = step.cell;
    const { verifyFrames: frames } = section;
    const values = valuesOf(step.cell, verified);
    const seed = seedOf(step.cell.id);
    return { role: "verify", path, variant, ...values, probes: step.probes, frames, seed };
  }
  return closedLoopOrder(step.cell, section);
}

/** A trial that measures. */
export function closedLoopOrder(cell: Cell, section: Section): ClosedLoopOrder {
  const { path, variant, window } = cell;
  const values = valuesOf(cell, axisList);
  const warmUpWindows = Math.ceil(section.warmUpFrames / window);
  const { samples, planted } = section;
  const work = planted ? { planted } : {};
  return { role: "closed-loop", path, variant, ...values, ...work, warmUpWindows, samples };
}

/** Axes that the verify pass depends on. */
const verified = axisList.filter(({ verify }) => verify);

/** Values of some of the axes, whatever the type says. */
function valuesOf(cell: Cell, among: readonly Axis[]): AxisValues {
  return Object.fromEntries(among.map(({ name }) => [name, cell[name]])) as AxisValues;
}

/** A seed that is the cell's own, and the same in every run (FNV-1a). */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
