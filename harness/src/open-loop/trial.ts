/** Which trials of an open loop count, and what is done about those that do not. */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Trial, TrialCounts } from "./protocol.ts";

/** What makes trials: a device, or in tests something that counts as one. */
export interface Trials {
  /** @param promptly whether frames leave as soon as can be, for their latency */
  trial(rate: number | undefined, seconds: number, promptly?: boolean): Promise<Trial>;
}

/** A generator that sends less than this share of what was intended makes a trial invalid. */
const offeredShareMin = 0.99;
/**
 * A device that loses this share of less than was intended would not have lost less of all of it:
 * such a trial says that its load is too high, however short the generator was.
 */
const overloadLossRatio = 0.05;
/** Of its time: a forwarder that lacks its CPU for longer makes a trial invalid. */
const takenShareMax = 0.01;
/** How often a trial that does not count is repeated before the search gives up on it. */
const attemptsMax = 3;
/** The same, at rates that the generator is known to reach, and where others had the CPU. */
export const stubbornAttempts = 8;
/** Of a generator's looks at the clock; one that is too slow for a rate is never early. */
const earlyShareMin = 0.1;

type Verdict =
  | { readonly is: "valid"; readonly lossRatio: number }
  /** The machine's fault, or the tester's: made again. */
  | { readonly is: "short" | "disturbed" | "restless" | "more than sent"; readonly why: string }
  /** The forwarder's fault. */
  | { readonly is: "wrong"; readonly why: string };

/** Loss is of what was offered; what was not offered is no loss, and has its own limit. */
export function judgeTrial(counts: TrialCounts, shareMin = offeredShareMin): Verdict {
  const { intended, offered, forwarded, corrupted, duplicated, restless } = counts;
  const takenShare = (counts.takenNs ?? 0) / Math.max(1, counts.windowNs);
  if (corrupted > 0) {
    return { is: "wrong", why: `${corrupted} of ${offered} frames came back changed` };
  }
  if (duplicated > 0) return { is: "wrong", why: `${duplicated} frames came back twice` };
  const lossRatio = offered === 0 ? 0 : 1 - forwarded / offered;
  if (offered < intended * shareMin && lossRatio < overloadLossRatio) {
    return { is: "short", why: `the generator sent ${offered} of ${intended} frames` };
  }
  if (takenShare > takenShareMax) {
    const percent = (100 * takenShare).toFixed(1);
    return { is: "disturbed", why: `others had ${percent} % of the forwarder's CPU` };
  }
  if (restless) return { is: "restless", why: "frames still came seconds after the last was sent" };
  if (forwarded > offered) {
    return { is: "more than sent", why: `${forwarded} frames came back of ${offered}` };
  }
  return { is: "valid", lossRatio };
}

/** A trial at a rate that was or was not one. */
export interface Attempt {
  readonly rate: number;
  readonly seconds: number;
  readonly trial: Trial;
  readonly verdict: Verdict;
}

export interface ValidTrial extends Trial {
  readonly lossRatio: number;
}

/** The generator was short, each time. */
export interface OutOfReach {
  readonly reached: number;
  /** Whether it had time to spare in between: then something else had its CPU. */
  readonly interrupted: boolean;
}

/** Others had the forwarder's CPU, each time. */
export interface Disturbed {
  readonly disturbed: string;
}

function wasInterrupted({ early, offered }: TrialCounts): boolean {
  return early > earlyShareMin * (early + offered);
}

/**
 * Makes a trial, and again where it does not count.
 *
 * @param tell gets each attempt
 * @returns what it offered at most, in frames per second, when the generator was short; why it was
 *   disturbed, when others had the forwarder's CPU
 * @throws IopathError when the forwarder changes or duplicates frames, or the counts make no sense
 */
export async function validTrial(
  trials: Trials,
  rate: number,
  seconds: number,
  tell: (attempt: Attempt) => void,
  { attempts = attemptsMax, shareMin = offeredShareMin, promptly = false } = {},
): Promise<ValidTrial | OutOfReach | Disturbed> {
  const said: Verdict[] = [];
  let reached = 0;
  let interrupted = false;
  const failed = () => said.filter(({ is }) => is !== "disturbed").length;
  while (failed() < attempts && said.length < stubbornAttempts) {
    const trial = await trials.trial(rate, seconds, promptly);
    const verdict = judgeTrial(trial.counts, shareMin);
    tell({ rate, seconds, trial, verdict });
    if (verdict.is === "valid") return { ...trial, lossRatio: verdict.lossRatio };
    if (verdict.is === "wrong")
      throw trialError(rate, verdict.why, "`iopath verify` shows a frame");
    said.push(verdict);
    reached = Math.max(reached, trial.counts.offered / seconds);
    interrupted ||= verdict.is === "short" && wasInterrupted(trial.counts);
  }
  if (said.some(({ is }) => is === "short")) return { reached, interrupted };
  const { is, why } = said.at(-1) as Exclude<Verdict, { is: "valid" }>;
  if (is === "disturbed") return { disturbed: why };
  const remedy =
    "look for what else sends on these interfaces, and whether the forwarder holds frames";
  throw trialError(rate, `${why}, ${said.length} times`, remedy);
}

function trialError(rate: number, why: string, remedy: string): IopathError {
  const message = `a trial at ${Math.round(rate)} frames per second: ${why}`;
  return new IopathError(ExitStatus.cellFailed, message, { remedy });
}
