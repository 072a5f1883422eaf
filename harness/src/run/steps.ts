/** The steps of a run: what is left to do, and how one is done. */
import type { IopathError } from "@iopath/contract";
import { clockOf } from "@iopath/lab";
import { keyOfProbe, type StepEvent } from "../journal/events.ts";
import type { Journal } from "../journal/journal.ts";
import { type SectionOfRun, sectionsOfRun } from "../journal/sections.ts";
import type { CellStep, LaunchStep, SingleStep, Step } from "../journal/step.ts";
import type { CellOrder } from "../lanes/launch.ts";
import { type Axis, type AxisValues, axisList } from "../matrix/axis-list.ts";
import { type Cell, verifyAxes } from "../matrix/cell.ts";
import { isInTurns, turnsPlanOf } from "../matrix/in-turns.ts";
import type { Section } from "../matrix/section.ts";
import { turnGroupsOf } from "../matrix/turn-groups.ts";
import { testerOnly } from "../paths/all.ts";
import type { ClosedLoopOrder, TrialOrder, TrialRunner } from "../runner/runner.ts";
import type { TrialResult } from "../trial/request.ts";
import { isProfiled, profileStep } from "./profile-step.ts";
import type { TimeSpent } from "./time-spent.ts";

/**
 * Of each section: probes of variants with several verify passes, then these, then in rounds the
 * launches of cells that are measured in turns and the trials of all others, so that slow drifts of
 * the machine meet them all; less what was done before.
 *
 * @param lanesMax how many processes may be alive at once
 */
export function planSteps(
  { outcomes, run }: Pick<Journal, "outcomes" | "run">,
  lanesMax: number,
): PlannedSection[] {
  const isLeft = (step: SingleStep) => !outcomes.isDone(step);
  return sectionsOfRun(run).map((ours) => {
    const steps = stepsOf(ours, lanesMax).flatMap((step): Step[] => {
      if (step.kind !== "launch") return isLeft(step) ? [step] : [];
      const { round } = step;
      const cells = step.cells.filter((cell) => isLeft({ kind: "trial", cell, round }));
      return cells.length > 0 ? [{ ...step, cells }] : [];
    });
    return { ...ours, steps };
  });
}

/** A section with the steps that are left of it. */
export interface PlannedSection extends SectionOfRun {
  readonly steps: readonly Step[];
}

function stepsOf({ cells, section, index }: SectionOfRun, lanesMax: number): Step[] {
  const { rounds } = section;
  const groups = turnGroupsOf(
    cells.filter((cell) => isInTurns(section, cell)),
    lanesMax,
  );
  const single = cells.filter((cell) => !isInTurns(section, cell));
  const forwarding = cells.filter(
    ({ path, id, verifiedAs }) => path !== testerOnly && id === verifiedAs,
  );
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
    ...Array.from({ length: rounds }, (_, round) => [
      ...groups.map((group): Step => ({ kind: "launch", section: index, ...group, round })),
      ...single.map((cell): Step => ({ kind: "trial", cell, round })),
    ]).flat(),
  ];
}

/** Does one step and journals it. @returns undefined for a cell that is over: it is left out */
export async function perform(
  step: SingleStep,
  section: Section,
  journal: Journal,
  runner: TrialRunner,
): Promise<TrialResult | undefined> {
  if (step.kind !== "probe" && journal.outcomes.isOver(step.cell)) return undefined;
  const result = isProfiled(step, section)
    ? await profileStep(step.cell, closedLoopOrder(step.cell, section), journal, runner)
    : await runner.run(orderOf(step, section));
  journal.append(eventOf(step, result));
  return result;
}

/**
 * Makes one launch of those cells that are not over, and journals a trial of each. A launch of
 * which a part is journaled is made again for the rest.
 */
export async function performLaunch(
  step: LaunchStep,
  section: Section,
  journal: Journal,
  { runner, spent }: { readonly runner: TrialRunner; readonly spent: TimeSpent },
): Promise<ReadonlyMap<Cell, TrialResult>> {
  const { outcomes } = journal;
  const cells = step.cells.filter((cell) => !outcomes.isOver(cell));
  if (cells.length === 0) return new Map();
  if (!runner.launch) throw new Error("cells were to be measured in turns where none can be");
  const orders = new Map(cells.map((cell) => [cell, launchOrder(cell, section)]));
  const { reference } = step;
  const beside = reference && !outcomes.isOver(reference) ? reference : undefined;
  const { results, openingMs, slicesMs } = await runner.launch({
    cells: [...orders.values()],
    reference: beside && (orders.get(beside) ?? launchOrder(beside, section)),
    turns: turnsPlanOf(section).turns,
  });
  spent.add("openingMs", openingMs);
  spent.add("slicesMs", slicesMs);
  const found = new Map(cells.map((cell, i) => [cell, results[i]!]));
  for (const [cell, result] of found) {
    journal.append({ event: "trial", cell: cell.id, round: step.round, result });
  }
  return found;
}

/** Journals a step whose place is not available. */
export function skip(step: Step, { message, remedy }: IopathError, journal: Journal): void {
  const result = { status: "skipped" as const, missing: message, remedy: remedy ?? "" };
  if (step.kind === "launch") {
    const { round } = step;
    for (const cell of step.cells) {
      if (journal.outcomes.isOver(cell)) continue;
      journal.append(eventOf({ kind: "trial", cell, round }, result));
    }
    return;
  }
  // One event per cell is enough: that of its variant's probe, or that of its first trial.
  if (step.kind === "verify") return;
  if (step.kind === "trial" && journal.outcomes.isOver(step.cell)) return;
  journal.append(eventOf(step, result));
}

function eventOf(step: SingleStep, result: TrialResult): StepEvent {
  if (step.kind === "probe") {
    const { section, path, variant, workload } = step;
    return { event: "probe", section, path, variant, workload, result };
  }
  const { id: cell } = step.cell;
  if (step.kind === "verify") return { event: "verify", cell, result };
  return { event: "trial", cell, round: step.round, result };
}

function orderOf(step: SingleStep, section: Section): TrialOrder {
  if (step.kind !== "probe") return trialOrder(step, section);
  const { path, variant, workload } = step;
  return { role: "probe", path, variant, workload, burst: 1 };
}

function trialOrder(step: CellStep, section: Section): TrialOrder {
  if (step.kind === "verify") {
    const { path, variant } = step.cell;
    const { verifyFrames: frames } = section;
    const values = valuesOf(step.cell, verifyAxes);
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
  const { samples, planted, place } = section;
  const timed = clockOf(place) === "wall" ? { timed: true } : {};
  const work = planted ? { planted } : {};
  const amounts = { warmUpWindows, samples, ...timed };
  return { role: "closed-loop", path, variant, ...values, ...work, ...amounts };
}

function launchOrder(cell: Cell, section: Section): CellOrder {
  return { ...closedLoopOrder(cell, section), flows: cell.flows, workers: 1 };
}

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
