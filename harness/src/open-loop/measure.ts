/** All that is measured of one variant at one frame size: searches, then latencies. */
import type { SearchResult } from "../search/search.ts";
import type { Bins } from "./bins.ts";
import { addBins } from "./bins.ts";
import { type Bound, boundByGenerator, boundByMachine, boundOf } from "./bound.ts";
import type { Placement } from "./placement.ts";
import type { Profile } from "./profile.ts";
import type { Effort } from "./protocol.ts";
import { fullSpeedOf, searchRates } from "./rates.ts";
import {
  type Attempt,
  stubbornAttempts,
  type Trials,
  type ValidTrial,
  validTrial,
} from "./trial.ts";

/** A device, and what its machine does without traffic. */
export interface Measurable extends Trials {
  noise(seconds: number): Promise<readonly Bins[]>;
  /** The time that its answers took so far: by it a search knows that its time is up. */
  elapsedMs(): number;
}

export interface MeasureOptions {
  readonly profile: Profile;
  readonly placement: Placement;
  /** Whether tester and forwarder have their CPUs before all else. */
  readonly realtime: boolean;
  readonly searches: number;
  /** Called after each trial. @param search from 1 */
  readonly tell: (search: number, purpose: Purpose, attempt: Attempt) => void;
}

export interface Searched {
  readonly ceiling: number;
  readonly result: SearchResult;
  readonly seconds: number;
  readonly bound: Bound;
}

/** The loads at which latencies are taken, as shares of PDR. */
const latencyLoads = [
  { name: "10% of PDR", share: 0.1 },
  { name: "50% of PDR", share: 0.5 },
  { name: "90% of PDR", share: 0.9 },
] as const;
type LatencyLoad = (typeof latencyLoads)[number]["name"] | "unloaded";
/** What a trial is made for. */
export type Purpose = "search" | LatencyLoad;
export const cpuLoad = "90% of PDR";
/** One frame on its way at a time, unless a frame takes longer than a millisecond. */
const unloadedRate = 1000;

export interface LatencyAtLoad {
  readonly load: LatencyLoad;
  readonly rate: number;
  readonly trials: readonly ValidTrial[];
  readonly bins: Bins;
  readonly maxNs: number;
}

export interface Measured {
  readonly searches: readonly Searched[];
  readonly noise: readonly Bins[];
  /** Empty where there is no PDR, or where the generator was too slow for each of them. */
  readonly latencies: readonly LatencyAtLoad[];
}

export async function measureOpenLoop(
  device: Measurable,
  options: MeasureOptions,
): Promise<Measured> {
  const { profile, searches: count } = options;
  const noise = await device.noise(profile.noiseS);
  const searches: Searched[] = [];
  for (let i = 1; i <= count; i++) searches.push(await searchOnce(device, options, i));
  const pdr = lowestPdr(searches);
  const loads =
    pdr === undefined ? [] : latencyLoads.map((load) => ({ ...load, rate: load.share * pdr }));
  const latencies: LatencyAtLoad[] = [];
  for (const { name, rate } of [{ name: "unloaded" as const, rate: unloadedRate }, ...loads]) {
    const found = await latencyAt(device, options, name, rate);
    if (found) latencies.push(found);
  }
  return { searches, noise, latencies };
}

async function searchOnce(
  device: Measurable,
  options: MeasureOptions,
  search: number,
): Promise<Searched> {
  const { profile, placement, realtime, tell } = options;
  const now = () => device.elapsedMs();
  const beganMs = now();
  const full = await fullSpeedOf(device);
  const lossy: Attempt[] = [];
  const told = (attempt: Attempt) => {
    tell(search, "search", attempt);
    if (attempt.verdict.is === "valid" && attempt.verdict.lossRatio > pdrOf(profile))
      lossy.push(attempt);
  };
  const result = await searchRates(device, { profile, full, realtime, tell: told, now });
  const seconds = (now() - beganMs) / 1000;
  return { ceiling: full.offered, result, seconds, bound: boundFrom(lossy, result, placement) };
}

function pdrOf({ goals }: Profile): number {
  return goals[1].lossRatio;
}

/** Of the trial that lost too much at the lowest rate from the upper bound on. */
function boundFrom(
  lossy: readonly Attempt[],
  { results, reached, cut }: SearchResult,
  placement: Placement,
): Bound {
  if (cut) return boundByMachine(cut.message);
  const upper = results[1]?.upperBound;
  if (upper === undefined) return boundByGenerator(reached);
  const above = lossy.filter(({ rate }) => rate >= upper).sort((a, b) => a.rate - b.rate);
  const [nearest] = above;
  return nearest ? boundOf({ ...nearest.trial, placement }) : boundByGenerator(reached);
}

function lowestPdr(searches: readonly Searched[]): number | undefined {
  const found = searches.map(({ result }) => result.results[1]?.lowerBound);
  const known = found.filter((load) => load !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

async function latencyAt(
  device: Measurable,
  { profile, searches, tell }: MeasureOptions,
  load: LatencyLoad,
  rate: number,
): Promise<LatencyAtLoad | undefined> {
  const trials: ValidTrial[] = [];
  const told = (attempt: Attempt) => tell(searches, load, attempt);
  for (let i = 0; i < profile.latencyTrials; i++) {
    const trial = await validTrial(device, rate, profile.latencyS, told, {
      attempts: stubbornAttempts,
      promptly: true,
    });
    if (!("counts" in trial)) return undefined;
    trials.push(trial);
  }
  const bins = addBins(trials.map(({ counts }) => counts.bins));
  return { load, rate, trials, bins, maxNs: Math.max(...trials.map(({ counts }) => counts.maxNs)) };
}

/**
 * CPU time per forwarded frame. A polling forwarder has its CPU all the time: of that the time in
 * which frames came counts. The kernel samples softirqs, a hundredth of a second at a time.
 */
export function cpuNsPerFrame(
  trials: readonly { readonly counts: ValidTrial["counts"]; readonly effort: Effort }[],
  polls: boolean,
): number | null {
  let cpuNs = 0;
  let frames = 0;
  for (const { counts, effort } of trials) {
    const share = polls ? counts.sendingNs / (effort.seconds * 1e9) : 1;
    cpuNs += effort.forwarderCpuNs * Math.min(1, share) + effort.softirqNs;
    frames += counts.forwarded;
  }
  return frames === 0 ? null : cpuNs / frames;
}
