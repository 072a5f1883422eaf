/** Trials of a search as figures show them. */
import type { GoalName } from "../../open-loop/report/over-searches.ts";
import type { SearchRow, TrialRow } from "../../open-loop/report/row.ts";

/** What a trial says of its load. */
export type Outcome = "nothing lost" | "0.5 % or less" | "more lost" | "does not count";

export interface ShownTrial {
  /** Of its search, from 1. */
  readonly number: number;
  readonly seconds: number;
  /** Millions per second: intended, offered and forwarded. */
  readonly load: number;
  readonly offered: number;
  readonly forwarded: number;
  readonly outcome: Outcome;
}

const pdrLossRatio = 0.005;

/** Those of the last search, in their order. */
export function shownTrials(trials: readonly TrialRow[]): ShownTrial[] {
  const searching = trials.filter(({ purpose }) => purpose === "search");
  const last = Math.max(...searching.map(({ search }) => search));
  return searching
    .filter(({ search }) => search === last)
    .map((trial, i) => ({
      number: i + 1,
      seconds: trial.seconds,
      load: trial.rate_fps / 1e6,
      offered: trial.offered / trial.seconds / 1e6,
      forwarded: trial.forwarded / trial.seconds / 1e6,
      outcome: outcomeOf(trial),
    }));
}

function outcomeOf({ loss_ratio: lossRatio }: TrialRow): Outcome {
  if (lossRatio === null) return "does not count";
  if (lossRatio === 0) return "nothing lost";
  return lossRatio <= pdrLossRatio ? "0.5 % or less" : "more lost";
}

/** Where a search found a goal, millions per second. */
export interface Found {
  readonly goal: string;
  readonly rate: number;
}

export function foundBy(row: SearchRow): Found[] {
  const goals: readonly GoalName[] = ["ndr", "pdr"];
  return goals.flatMap((goal) => {
    const rate = row[`${goal}_fps`];
    return rate === null ? [] : [{ goal: goal.toUpperCase(), rate: rate / 1e6 }];
  });
}
