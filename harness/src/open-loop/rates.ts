/** The rates of one device: how much its tester can send, and a search below that. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { median } from "simple-statistics";
import { SearchCut, type SearchResult, search } from "../search/search.ts";
import type { Profile } from "./profile.ts";
import {
  type Attempt,
  type Disturbed,
  type OutOfReach,
  stubbornAttempts,
  type Trials,
  validTrial,
} from "./trial.ts";

/** Frames per second; below it a trial of a fifth of a second has too few frames to lose 0.5 %. */
const minLoad = 1000;
/** The generator has to keep its rate with frames that are forwarded, and not only once. */
const shareOfCeiling = 0.97;
/** Below this share of its ceiling a generator with time to spare is one that was kept from it. */
const withinCeiling = 0.8;
/** A device that loses much forwards less than one that loses little, but not by more than this. */
const aboveFullSpeed = 2;
const fullSpeedS = 0.25;
const fullSpeedTrials = 4;

/** Frames per second when the generator makes no pause. */
interface FullSpeed {
  readonly offered: number;
  readonly forwarded: number;
}

/**
 * Medians of some trials without a pause, the first of which only has the forwarder's loop
 * compiled.
 *
 * @throws IopathError when nothing comes back in any of them
 */
export async function fullSpeedOf(trials: Trials): Promise<FullSpeed> {
  const made: FullSpeed[] = [];
  for (let i = 0; i < fullSpeedTrials; i++) {
    const { counts } = await trials.trial(undefined, fullSpeedS);
    const perSecond = 1e9 / Math.max(1, counts.sendingNs);
    const { offered, forwarded } = counts;
    if (i > 0) made.push({ offered: offered * perSecond, forwarded: forwarded * perSecond });
  }
  if (made.every(({ forwarded }) => forwarded === 0)) throw nothingCameError();
  return {
    offered: median(made.map(({ offered }) => offered)),
    forwarded: median(made.map(({ forwarded }) => forwarded)),
  };
}

function nothingCameError(): IopathError {
  return new IopathError(ExitStatus.cellFailed, "none of the frames that were sent came back", {
    remedy:
      "where --tester names a card, its driver has to take frames from XDP programs " +
      "(`bpf_redirect`), and the wires have to lead to the ports",
  });
}

interface RatesOptions {
  readonly profile: Profile;
  readonly full: FullSpeed;
  /** Whether tester and forwarder have their CPUs before all else. */
  readonly realtime: boolean;
  /** Called after each trial, also after those that do not count. */
  readonly tell: (attempt: Attempt) => void;
  readonly now?: () => number;
}

/**
 * NDR and PDR, in one search; in another one with higher loads where the device lost nothing.
 *
 * When something else has the generator's CPU the search ends with what it has.
 *
 * @throws IopathError when that is nothing, and as `validTrial` does
 */
export async function searchRates(trials: Trials, options: RatesOptions): Promise<SearchResult> {
  const { profile, full, now = () => performance.now() } = options;
  const endsAt = now() + profile.searchLimitS * 1000;
  const most = Math.max(2 * minLoad, shareOfCeiling * full.offered);
  let maxLoad = Math.min(most, Math.max(2 * minLoad, aboveFullSpeed * full.forwarded));
  for (;;) {
    const result = await searchBelow(trials, options, maxLoad, () => now() >= endsAt);
    if (result.cut) return requireBound(result, result.cut);
    const isOpen = result.results.some(({ irregularity }) => irregularity === "no upper bound");
    if (!isOpen || result.reached < maxLoad || maxLoad >= most) return result;
    maxLoad = Math.min(most, 2 * maxLoad);
  }
}

async function searchBelow(
  trials: Trials,
  { profile, full, realtime, tell }: RatesOptions,
  maxLoad: number,
  isTimeUp: () => boolean,
): Promise<SearchResult> {
  return await search({
    ...{ goals: profile.goals, minLoad, maxLoad, isTimeUp },
    measure: async (load, seconds) => {
      const isWithin = load < withinCeiling * full.offered;
      const attempts = isWithin ? { attempts: stubbornAttempts } : {};
      const made = await validTrial(trials, load, seconds, tell, attempts);
      if ("reached" in made && made.interrupted && isWithin)
        throw new SearchCut(interruptedError(load, made, realtime));
      if ("disturbed" in made) throw new SearchCut(disturbedError(load, made, realtime));
      return made;
    },
  });
}

/** @throws the cause where the search was cut before it knew a single bound */
function requireBound(result: SearchResult, cause: IopathError): SearchResult {
  const bounds = result.results.flatMap(({ lowerBound, upperBound }) => [lowerBound, upperBound]);
  if (bounds.every((bound) => bound === undefined)) throw cause;
  return result;
}

function disturbedError(load: number, { disturbed }: Disturbed, realtime: boolean): IopathError {
  const message = `at ${load} frames per second ${disturbed}, each time`;
  return new IopathError(ExitStatus.cellFailed, message, { remedy: remedyFor(realtime) });
}

function interruptedError(load: number, { reached }: OutOfReach, realtime: boolean): IopathError {
  const message =
    `the generator sent ${Math.round(reached)} of ${load} frames per second, with time to spare ` +
    "in between: something else had its CPU";
  return new IopathError(ExitStatus.cellFailed, message, { remedy: remedyFor(realtime) });
}

/** Where others have a CPU of a search's. */
function remedyFor(realtime: boolean): string {
  return realtime
    ? "`--realtime` does not help against a hypervisor that takes the CPU: measure on a host with CPUs to spare"
    : "end what else runs on this machine, or let `--realtime` take the CPUs from it";
}
