/** The steps of a run: what is left to do, and how one is done. */
import type { IopathError } from "@iopath/contract";
import { type Axis, type AxisValues, axisList } from "../matrix/axis-list.ts";
import type { Cell } from "../matrix/cell.ts";
import type { Section } from "../matrix/section.ts";
import { nullPath } from "../paths/all.ts";
import type { Progress } from "../present/terminal/progress.ts";
import { isProbeOf, problemOf } from "../rows/derive.ts";
import type { TrialOrder, Venue } from "../venue/venue.ts";
import type { Journal, JournalEvent } from "./journal.ts";
import { describeOutcome } from "./step-text.ts";

export type Step =
  | {
      readonly kind: "probe";
      readonly section: number;
      readonly path: string;
      readonly variant: string;
    }
  /**
   * @param probes whether it asks first if the variant can run: the only cell of its variant does
   */
  | { readonly kind: "verify"; readonly cell: Cell; readonly probes: boolean }
  | { readonly kind: "trial"; readonly cell: Cell; readonly round: number };

/**
 * Of each section: probes of variants with several cells, then verify passes, then the trials in
 * rounds over all cells, so that slow drifts of the machine meet them all; less what was done
 * before.
 */
export function planSteps(
  { events, run: { config } }: Pick<Journal, "events" | "run">,
  cells: readonly Cell[],
): Step[][] {
  const done = new Set(events.map(keyOfEvent));
  return config.map(({ rounds }, index) => {
    const ours = cells.filter(({ section }) => section === index);
    return stepsOf(ours, rounds).filter((step) => !done.has(keyOfStep(step)));
  });
}

function stepsOf(cells: readonly Cell[], rounds: number): Step[] {
  const forwarding = cells.filter(({ path }) => path !== nullPath);
  const variants = [...Map.groupBy(forwarding, nameOfVariant).values()];
  // A process takes seconds to start in a guest: one that only probes has to be worth it.
  const alone = new Set(variants.filter(({ length }) => length === 1).flat());
  const several = variants.filter(({ length }) => length > 1);
  return [
    ...several.map(([cell]): Step => {
      const { section, path, variant } = cell!;
      return { kind: "probe", section, path, variant };
    }),
    ...forwarding.map((cell): Step => ({ kind: "verify", cell, probes: alone.has(cell) })),
    ...Array.from({ length: rounds }, (_, round) =>
      cells.map((cell): Step => ({ kind: "trial", cell, round })),
    ).flat(),
  ];
}

function nameOfVariant({ path, variant }: Cell): string {
  return `${path}/${variant}`;
}

type CellStep = Exclude<Step, { kind: "probe" }>;

function keyOfStep(step: Step): string {
  if (step.kind === "probe") return keyOfProbe(step);
  return step.kind === "verify" ? `verify ${step.cell.id}` : `${step.cell.id} ${step.round}`;
}

function keyOfEvent(event: JournalEvent): string {
  if (event.event === "probe") return keyOfProbe(event);
  if (event.event === "trial") return `${event.cell} ${event.round}`;
  return event.event === "verify" ? `verify ${event.cell}` : "run";
}

function keyOfProbe(probe: Pick<Cell, "section" | "path" | "variant">): string {
  return `probe ${probe.section} ${probe.path}/${probe.variant}`;
}

interface Context {
  readonly journal: Journal;
  readonly venue: Venue;
  readonly progress: Progress;
}

/**
 * Does one step, journals it, checks that nothing was left behind; returns what came of it, in
 * words.
 */
export async function perform(step: Step, context: Context): Promise<string> {
  const { journal, venue, progress } = context;
  if (step.kind === "probe") {
    const { section, path, variant } = step;
    const result = await venue.order({ role: "probe", path, variant, burst: 1 });
    journal.append({ event: "probe", section, path, variant, result });
    if (result.status === "skipped") progress.note(`skipped ${path}/${variant}: ${result.missing}`);
    return result.status;
  }
  const { cell } = step;
  if (isOver(journal, cell)) return "left out";
  const section = journal.run.config[cell.section]!;
  const result = await venue.order(trialOrder(step, section));
  if (result.status === "measured") noteOnce(result.note, context);
  if (step.kind === "verify") journal.append({ event: "verify", cell: cell.id, result });
  else journal.append({ event: "trial", cell: cell.id, round: step.round, result });
  if (result.status === "skipped") progress.note(`skipped ${cell.id}: ${result.missing}`);
  const problem = problemOf(result);
  if (problem) progress.note(`failed ${cell.id}: ${problem}`);
  return describeOutcome(step, result, journal);
}

/** What a reader of the figures has to know, in the run's first trial of which it is true. */
function noteOnce(note: string | undefined, { journal, progress }: Context): void {
  if (note === undefined) return;
  const isSaid = journal.events.some(
    (entry) =>
      entry.event === "trial" && entry.result.status === "measured" && entry.result.note === note,
  );
  if (!isSaid) progress.note(note);
}

/** Journals a step whose place is not to be had. */
export function skip(step: Step, { message, remedy }: IopathError, journal: Journal): void {
  const result = { status: "skipped" as const, missing: message, remedy: remedy ?? "" };
  if (step.kind === "probe") {
    const { section, path, variant } = step;
    journal.append({ event: "probe", section, path, variant, result });
    return;
  }
  // The tester alone has no probe.
  const { cell } = step;
  if (step.kind === "trial" && !isOver(journal, cell)) {
    journal.append({ event: "trial", cell: cell.id, round: step.round, result });
  }
}

/** A cell that was skipped or has failed is not measured any further. */
function isOver({ events }: Journal, cell: Cell): boolean {
  return events.some((entry) => {
    if (entry.event === "run") return false;
    if (entry.event === "probe")
      return isProbeOf(entry, cell) && entry.result.status !== "supported";
    const { result } = entry;
    return entry.cell === cell.id && (result.status === "skipped" || problemOf(result));
  });
}

function trialOrder(step: CellStep, section: Section): TrialOrder {
  const { path, variant, window } = step.cell;
  if (step.kind === "verify") {
    const { verifyFrames: frames } = section;
    const values = valuesOf(step.cell, verified);
    const seed = seedOf(step.cell.id);
    return { role: "verify", path, variant, ...values, probes: step.probes, frames, seed };
  }
  const values = valuesOf(step.cell, axisList);
  const warmUpWindows = Math.ceil(section.warmUpFrames / window);
  const { samples, planted } = section;
  const work = planted ? { planted } : {};
  return { role: "closed-loop", path, variant, ...values, ...work, warmUpWindows, samples };
}

/** Axes that the verify pass heeds. */
const verified = axisList.filter(({ verify }) => verify);

function valuesOf(cell: Cell, among: readonly Axis[]): Partial<AxisValues> {
  return Object.fromEntries(among.map(({ name }) => [name, cell[name]]));
}

/** A seed that is the cell's own, and the same in every run (FNV-1a). */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0;
}
