/**
 * Search goals, and what their attributes make of the trials at one load: RFC 9971 (MLRsearch), as
 * its last draft has it, draft-ietf-bmwg-mlrsearch-15.
 */

/** RFC 9971, Search Goal. Durations are in seconds, ratios and width between 0 and 1. */
export interface Goal {
  /** "NDR" */
  readonly name: string;
  /** A trial that loses more is a high-loss trial. */
  readonly lossRatio: number;
  /** The shortest trial that is made for this goal. */
  readonly initialTrialS: number;
  /** What makes a trial a full-length one. */
  readonly finalTrialS: number;
  /** So much of full-length trials decides about a load. */
  readonly durationSumS: number;
  /** What share of that may be of high-loss trials below a lower bound. */
  readonly exceedRatio: number;
  /** How far the bounds may be apart at the end, in relation to the upper one. */
  readonly width: number;
}

/** A trial that was made, as far as it counts for goals. */
export interface MadeTrial {
  readonly seconds: number;
  /** Of the frames that were offered. */
  readonly lossRatio: number;
}

type Classification = "lower bound" | "upper bound" | "undecided";

/** RFC 9971, Load Classification Logic, in its order and with its words. */
export function classify(goal: Goal, trials: readonly MadeTrial[]): Classification {
  const sums = sumsOf(goal, trials);
  const exceedCoefficient = goal.exceedRatio / (1 - goal.exceedRatio);
  const balancing = sums.shortLowLoss * exceedCoefficient;
  const positiveExcess = Math.max(0, sums.shortHighLoss - balancing);
  const effectiveHighLoss = sums.fullHighLoss + positiveExcess;
  const effectiveFull = effectiveHighLoss + sums.fullLowLoss;
  const effectiveWhole = Math.max(effectiveFull, goal.durationSumS);
  const missing = effectiveWhole - effectiveFull;
  const optimistic = effectiveHighLoss / effectiveWhole;
  const pessimistic = (effectiveHighLoss + missing) / effectiveWhole;
  // Sums of decimal fractions miss each other by their last bits.
  if (optimistic > goal.exceedRatio + rounding) return "upper bound";
  return pessimistic <= goal.exceedRatio + rounding ? "lower bound" : "undecided";
}

const rounding = 1e-9;

function sumsOf(goal: Goal, trials: readonly MadeTrial[]) {
  const sums = { fullHighLoss: 0, fullLowLoss: 0, shortHighLoss: 0, shortLowLoss: 0 };
  for (const { seconds, lossRatio } of trials) {
    const isFull = seconds >= goal.finalTrialS;
    const isHigh = lossRatio > goal.lossRatio;
    if (isFull) sums[isHigh ? "fullHighLoss" : "fullLowLoss"] += seconds;
    else sums[isHigh ? "shortHighLoss" : "shortLowLoss"] += seconds;
  }
  return sums;
}

/**
 * RFC 9971, Conditional Throughput: the forwarding rate of the trial at the quantile of the exceed
 * ratio, missing ones taken for lost. To be asked of a load that is a lower bound.
 */
export function conditionalThroughput(
  goal: Goal,
  load: number,
  trials: readonly MadeTrial[],
): number {
  const full = trials.filter(({ seconds }) => seconds >= goal.finalTrialS);
  const sorted = full.toSorted((a, b) => a.lossRatio - b.lossRatio);
  const sum = sorted.reduce((total, { seconds }) => total + seconds, 0);
  let remaining = Math.max(goal.durationSumS, sum) * (1 - goal.exceedRatio);
  let lossRatio: number | undefined;
  for (const trial of sorted) {
    if (lossRatio !== undefined && remaining <= rounding) break;
    lossRatio = trial.lossRatio;
    remaining -= trial.seconds;
  }
  if (lossRatio === undefined || remaining > rounding) lossRatio = 1;
  return load * (1 - lossRatio);
}

/** Steps towards a goal: shorter sums and wider bounds first, the goal itself last. */
export function targetsOf(goal: Goal): Goal[] {
  const between = Math.sqrt(goal.initialTrialS * goal.durationSumS);
  const first = { ...goal, finalTrialS: goal.initialTrialS, durationSumS: goal.initialTrialS };
  const second = {
    ...goal,
    finalTrialS: Math.min(goal.finalTrialS, between),
    durationSumS: between,
  };
  return [{ ...first, width: 4 * goal.width }, { ...second, width: 2 * goal.width }, goal];
}
