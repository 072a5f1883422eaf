/** How thoroughly an open loop is measured. */
import type { ProfileName } from "../matrix/search-cell.ts";
import type { Goal } from "../search/goal.ts";

export interface Profile {
  readonly name: ProfileName;
  /** NDR, then PDR. */
  readonly goals: readonly [Goal, Goal];
  /** Of a trial at each latency load, and how many. */
  readonly latencyS: number;
  readonly latencyTrials: number;
  /** How long each CPU is watched without traffic. */
  readonly noiseS: number;
  /** After which a search ends with what it has. */
  readonly searchLimitS: number;
}

/** FD.io CSIT's partial drop rate. */
const pdrLossRatio = 0.005;

const quick = {
  ...{ initialTrialS: 0.2, finalTrialS: 0.5, durationSumS: 2.5, exceedRatio: 0.5, width: 0.02 },
};
/** RFC 2544, 26.1: a trial of 60 s, and one lossy frame is too many. */
const strict = {
  ...{ initialTrialS: 1, finalTrialS: 60, durationSumS: 60, exceedRatio: 0, width: 0.005 },
};

function goalsOf(attributes: Omit<Goal, "name" | "lossRatio">): [Goal, Goal] {
  return [
    { name: "NDR", lossRatio: 0, ...attributes },
    { name: "PDR", lossRatio: pdrLossRatio, ...attributes },
  ];
}

export const profiles: Readonly<Record<ProfileName, Profile>> = {
  quick: {
    name: "quick",
    goals: goalsOf(quick),
    latencyS: 0.5,
    latencyTrials: 4,
    noiseS: 1,
    searchLimitS: 55,
  },
  /** RFC 2544, 26.2: latency over 120 s, 20 times. */
  "rfc2544-strict": {
    name: "rfc2544-strict",
    goals: goalsOf(strict),
    latencyS: 120,
    latencyTrials: 20,
    noiseS: 60,
    searchLimitS: 6 * 3600,
  },
};
