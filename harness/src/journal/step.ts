/** One step of a run: a probe, a verify pass or a trial. */
import type { Cell } from "../matrix/cell.ts";
import { keyOfProbe, type Probed, type StepEvent } from "./events.ts";

export type Step =
  | ({ readonly kind: "probe" } & Probed)
  /** @param probes whether it probes first: true if the variant has only this cell */
  | { readonly kind: "verify"; readonly cell: Cell; readonly probes: boolean }
  | { readonly kind: "trial"; readonly cell: Cell; readonly round: number };

/** A step of a cell. */
export type CellStep = Exclude<Step, { kind: "probe" }>;

export function sectionOf(step: Step): number {
  return step.kind === "probe" ? step.section : step.cell.section;
}

/** Steps of one kind take about as long as each other. */
export function kindOf(step: Step): string {
  return `${step.kind} ${sectionOf(step)}`;
}

/** Equal for a step and for the event that says what came of it. */
export function keyOfStep(step: Step): string {
  if (step.kind === "probe") return keyOfProbe(step);
  return step.kind === "verify" ? `verify ${step.cell.id}` : `${step.cell.id} ${step.round}`;
}

export function keyOfEvent(event: StepEvent): string {
  if (event.event === "probe") return keyOfProbe(event);
  return event.event === "trial" ? `${event.cell} ${event.round}` : `verify ${event.cell}`;
}
