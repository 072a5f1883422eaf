/**
 * The launches after those of the first stage: of the cells whose interval is still too wide, until
 * all are narrow enough or the time is up.
 */
import type { Outcomes } from "../journal/outcomes.ts";
import type { LaunchStep } from "../journal/step.ts";
import type { Cell } from "../matrix/cell.ts";
import { isInTurns, turnsPlanOf } from "../matrix/in-turns.ts";
import type { Section } from "../matrix/section.ts";
import { turnGroupsOf } from "../matrix/turn-groups.ts";
import { launchesNeeded } from "../statistics/launches.ts";
import type { PlannedSection } from "./steps.ts";

/** @param lanesMax how many processes may be alive at once */
export function* narrowingLaunches(
  { cells, section, index }: PlannedSection,
  outcomes: Outcomes,
  lanesMax: number,
): Generator<LaunchStep> {
  const turning = cells.filter((cell) => isInTurns(section, cell));
  // A run that goes on has some of these launches already.
  const made = turning.map(({ id }) => outcomes.roundsOf(id));
  for (let round = Math.max(section.rounds, ...made); ; round++) {
    const open = (cell: Cell) => isTooWide(cell, section, outcomes);
    if (!turning.some(open)) return;
    // Parted again each time: the fewer are left, the more of them are alive at once.
    for (const group of turnGroupsOf(turning, lanesMax, open)) {
      yield { kind: "launch", section: index, ...group, round };
    }
  }
}

function isTooWide(cell: Cell, section: Section, outcomes: Outcomes): boolean {
  if (outcomes.isOver(cell)) return false;
  const figures = outcomes.figuresOf(cell.id);
  const width = Math.log1p(turnsPlanOf(section).width);
  const needed = launchesNeeded(figures, section.rounds, width);
  return needed !== undefined && figures.length < needed;
}

/** How long launches of a section may begin. */
export class LaunchTime {
  readonly #limitMs: number;
  readonly #nowMs: () => number;
  #beganMs: number | undefined;
  #longestMs = 0;

  constructor(section: Section, nowMs: () => number) {
    this.#limitMs = turnsPlanOf(section).maxMinutes * 60_000;
    this.#nowMs = nowMs;
  }

  /** Whether a launch as long as the longest one so far would end too late. */
  isUp(): boolean {
    if (this.#beganMs === undefined) return false;
    return this.#nowMs() - this.#beganMs + this.#longestMs > this.#limitMs;
  }

  async measure<T>(launch: () => Promise<T>): Promise<T> {
    const begin = this.#nowMs();
    this.#beganMs ??= begin;
    const result = await launch();
    this.#longestMs = Math.max(this.#longestMs, this.#nowMs() - begin);
    return result;
  }
}
