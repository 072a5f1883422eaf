/** One step of a run: a probe, a verify pass or a trial. */
import type { Cell } from "../matrix/cell.ts";
import { keyOfProbe, type Probed, type StepEvent } from "./events.ts";

export type Step =
  | ({ readonly kind: "probe" } & Probed)
  /** @param probes whether it probes first: true if the variant has only this cell */
  | { readonly kind: "verify"; readonly cell: Cell; readonly probes: boolean }
  | { readonly kind: "trial"; readonly cell: Cell; readonly round: number }
  | LaunchStep;

/** One launch of cells that are measured in turns: a trial of each. */
export interface LaunchStep {
  readonly kind: "launch";
  readonly section: number;
  readonly cells: readonly Cell[];
  /** Beside them, whether it is one of them or not. */
  readonly reference: Cell | undefined;
  readonly round: number;
}

/** A step of a cell. */
export type CellStep = Exclude<Step, { kind: "probe" | "launch" }>;
/** A step that is one event of the journal. */
export type SingleStep = Exclude<Step, LaunchStep>;

function sectionOf(step: Step): number {
  return "section" in step ? step.section : step.cell.section;
}

/** Steps of one kind take about as long as each other. */
export function kindOf(step: Step): string {
  return `${step.kind} ${sectionOf(step)}`;
}

/** Equal for a step and for the event that says what came of it. */
export function keyOfStep(step: SingleStep): string {
  if (step.kind === "probe") return keyOfProbe(step);
  return step.kind === "verify" ? `verify ${step.cell.id}` : `${step.cell.id} ${step.round}`;
}

export function keyOfEvent(event: StepEvent): string {
  if (event.event === "probe") return keyOfProbe(event);
  return event.event === "trial" ? `${event.cell} ${event.round}` : `verify ${event.cell}`;
}
