/**
 * What came of the steps of a run so far. Each event updates it, so that a step costs the same at
 * the end of a long run as at its beginning: nothing between two trials looks through the journal.
 */
import type { Cell } from "../matrix/cell.ts";
import { figureOfLaunch, type LaunchFigure } from "../statistics/paired-slices.ts";
import { problemOf } from "../trial/problem.ts";
import type { MeasuredResult } from "../trial/request.ts";
import { type JournalEvent, keyOfProbe, type ProfileEvent } from "./events.ts";
import { keyOfEvent, keyOfStep, type SingleStep } from "./step.ts";

export class Outcomes {
  readonly #done = new Set<string>();
  /** Cells by their id, and variants by the key of their probe. */
  readonly #over = new Set<string>();
  readonly #latest = new Map<string, MeasuredResult>();
  /** Cells whose verify pass was skipped or has failed, for all that it stands for. */
  readonly #unverified = new Set<string>();
  /** Of cells that are measured in turns: what each launch says. */
  readonly #figures = new Map<string, LaunchFigure[]>();
  /** One more than the highest round of each cell. */
  readonly #rounds = new Map<string, number>();
  /** Of cells that were profiled: what their instructions were for, or why that is not known. */
  readonly #profiles = new Map<string, ProfileEvent["profile"]>();
  /** How many trials had each note. */
  readonly #notes = new Map<string, number>();

  constructor(events: readonly JournalEvent[]) {
    for (const event of events) this.add(event);
  }

  add(event: JournalEvent): void {
    if (event.event === "run" || event.event === "spent") return;
    if (event.event === "profile") {
      this.#profiles.set(event.cell, event.profile);
      return;
    }
    this.#done.add(keyOfEvent(event));
    const { result } = event;
    if (event.event === "probe") {
      if (result.status !== "supported") this.#over.add(keyOfProbe(event));
      return;
    }
    if (event.event === "trial") {
      this.#rounds.set(event.cell, Math.max(this.roundsOf(event.cell), event.round + 1));
    }
    if (result.status === "skipped" || problemOf(result)) {
      this.#over.add(event.cell);
      if (event.event === "verify") this.#unverified.add(event.cell);
    }
    if (result.status !== "measured") return;
    const figure = result.turns && figureOfLaunch(result.turns);
    if (figure) {
      this.#figures.set(event.cell, [...(this.#figures.get(event.cell) ?? []), figure]);
    }
    this.#latest.set(event.cell, result);
    const { note } = result;
    if (note !== undefined) this.#notes.set(note, this.timesNoted(note) + 1);
  }

  isDone(step: SingleStep): boolean {
    return this.#done.has(keyOfStep(step));
  }

  /** A cell that was skipped or has failed is not measured any further. */
  isOver(cell: Cell): boolean {
    const isOver = [cell.id, keyOfProbe(cell)].some((key) => this.#over.has(key));
    return isOver || this.#unverified.has(cell.verifiedAs);
  }

  /**
   * A figure of each launch of a cell that is measured in turns, in the order of time: speed-ups
   * where there are any, as in its row, and a launch in which the reference died says nothing.
   */
  figuresOf(cell: string): readonly number[] {
    const all = this.#figures.get(cell) ?? [];
    const paired = all.filter(({ isPaired }) => isPaired);
    return (paired.length > 0 ? paired : all).map(({ log }) => log);
  }

  /** The number of the round that comes after those that the cell has. */
  roundsOf(cell: string): number {
    return this.#rounds.get(cell) ?? 0;
  }

  timesNoted(note: string): number {
    return this.#notes.get(note) ?? 0;
  }

  profileOf(cell: string): ProfileEvent["profile"] | undefined {
    return this.#profiles.get(cell);
  }

  /** Of the trial that measured the cell last. */
  latestOf(cell: Cell): MeasuredResult | undefined {
    return this.#latest.get(cell.id);
  }
}
