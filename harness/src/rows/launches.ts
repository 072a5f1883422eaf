/**
 * What each launch of a cell says by itself, and from that how sure the row's figures are. A launch
 * is a process that was started for the cell: a trial of a round, or its part in turns that were
 * taken with other cells.
 */
import { quantileSorted } from "simple-statistics";
import type { JournalEvent } from "../journal/events.ts";
import { type Estimate, estimateOver, intervalOfLogs } from "../statistics/launches.ts";
import { medianOf, ratioOfTurns } from "../statistics/paired-slices.ts";
import type { TrialTiming, TurnsOfLaunch } from "../trial/request.ts";
import type { Row } from "./row.ts";

interface Launch {
  /** Median of its samples, nanoseconds. */
  readonly cost: number;
  readonly turns: TurnsOfLaunch | undefined;
  /** Undefined in older journals. */
  readonly timing: TrialTiming | undefined;
}

/** Those that were measured, by their round. */
type Launches = ReadonlyMap<number, Launch>;

export function launchesByCell(events: readonly JournalEvent[]): ReadonlyMap<string, Launches> {
  const found = new Map<string, Map<number, Launch>>();
  for (const entry of events) {
    if (entry.event !== "trial" || entry.result.status !== "measured") continue;
    const { samplesNs, turns, timing = turns } = entry.result;
    if (samplesNs.length === 0) continue;
    const own = found.get(entry.cell) ?? new Map<number, Launch>();
    own.set(entry.round, { cost: quantileSorted(samplesNs, 0.5), turns, timing });
    found.set(entry.cell, own);
  }
  return found;
}

/** What a section says of its launches. */
export interface Wanted {
  /** How many launches are made before anything is decided. */
  readonly firstStage: number;
  /** The widest interval that is narrow enough. */
  readonly width: number;
}

type Figures = Partial<Row>;

/**
 * @param row measured by the wall clock
 * @param reference its row and launches, if it has one
 */
export function sureFigures(
  row: Row,
  launches: Launches,
  reference: { readonly row: Row; readonly launches: Launches } | undefined,
  wanted: Wanted,
): Figures {
  const all = [...launches.values()];
  const alone = all.length === 1 ? { notes: joinNotes(row.notes, ofOneLaunch) } : {};
  const common = { ...alone, ...timingFields(all.flatMap(({ timing }) => timing ?? [])) };
  const turns = all.flatMap((launch) => launch.turns ?? []);
  if (turns.length > 0) return { ...common, ...figuresInTurns(row, turns, reference?.row, wanted) };
  const logs = all.map(({ cost }) => Math.log(cost));
  return {
    ...common,
    ...costInterval(row.p50!, estimateOver(logs, wanted.firstStage)),
    ...(reference ? speedUpByRounds(launches, reference.launches, wanted) : {}),
  };
}

const ofOneLaunch = "one launch: it says nothing of how another would be, so there is no rank";

function joinNotes(...notes: readonly string[]): string {
  return notes.filter((note) => note !== "").join("; ");
}

function timingFields(timings: readonly TrialTiming[]): Figures {
  if (timings.length === 0) return {};
  return {
    clock_ns: round(medianOf(timings.map(({ clockNs }) => clockNs)), 1),
    windows_per_sample: Math.max(...timings.map((timing) => timing.windowsPerSample)),
  };
}

/** The ratios of the rounds: of trials that came some minutes after each other. */
function speedUpByRounds(launches: Launches, reference: Launches, { firstStage }: Wanted): Figures {
  const logs = [...launches].flatMap(([round, { cost }]) => {
    const of = reference.get(round);
    return of === undefined ? [] : [Math.log(of.cost / cost)];
  });
  return logs.length > 0 ? speedUpFields(estimateOver(logs, firstStage)) : {};
}

/**
 * The speed-up is made of pairs of slices in one turn, and the cost is that of the reference
 * divided by it: so two rows of a run stand to each other as their speed-ups say, whatever the
 * machine did between their launches. The row of the reference has its own cost, and as speed-up
 * what two processes of it differ by.
 */
function figuresInTurns(
  row: Row,
  turns: readonly TurnsOfLaunch[],
  reference: Row | undefined,
  { firstStage, width: wantedWidth }: Wanted,
): Figures {
  const ratioByLaunch = turns.map(ratioOfTurns);
  const ratios = ratioByLaunch.filter((found) => found !== undefined);
  const ratio =
    ratios.length > 0
      ? estimateOver(
          ratios.map(({ log }) => log),
          firstStage,
        )
      : undefined;
  const costs = turns.map((launch, i) => {
    const log = ratioByLaunch[i]?.log ?? 0;
    const isOfReference = reference === undefined || launch.referenceNs.length === 0;
    const beside = isOfReference ? launch.costsNs : launch.referenceNs;
    return Math.log(medianOf(beside)) - (isOfReference ? 0 : log);
  });
  const scale = ratio && reference?.p50 ? reference.p50 / Math.exp(ratio.mean) / row.p50! : 1;
  const scaled = (value: number | null) => (value === null ? null : round(value * scale, 1));
  const [p10, p50, p90, p99] = [row.p10, row.p50, row.p90, row.p99].map(scaled) as number[];
  const cost = estimateOver(costs, firstStage);
  const judged = intervalOfLogs(ratio ?? cost);
  const width = judged ? judged.high / judged.low - 1 : undefined;
  return {
    ...{ p10: p10!, p50: p50!, p90: p90!, p99: p99! },
    ...costInterval(p50!, { ...cost, mean: Math.log(p50!) }),
    ...(ratio ? speedUpFields(ratio) : {}),
    turns: turns.reduce((sum, { costsNs }) => sum + costsNs.length, 0),
    turns_discarded: turns.reduce((sum, { discarded }) => sum + discarded, 0),
    turn_spread: ratios.length > 0 ? round(medianOf(ratios.map(({ spread }) => spread)), 4) : null,
    width: width === undefined ? null : round(width, 4),
    width_goal: width !== undefined && width <= wantedWidth ? "reached" : "missed",
  };
}

/** The median of all samples need not be the mean of the launches' medians. */
function costInterval(p50: number, estimate: Estimate): Figures {
  const interval = intervalOfLogs(estimate);
  if (!interval) return {};
  const { low, high } = interval;
  return { p50_low: round(Math.min(p50, low), 1), p50_high: round(Math.max(p50, high), 1) };
}

function speedUpFields(estimate: Estimate): Figures {
  const interval = intervalOfLogs(estimate);
  return {
    speedup_over_reference: round(Math.exp(estimate.mean), 3),
    ...(interval
      ? { speedup_low: round(interval.low, 3), speedup_high: round(interval.high, 3) }
      : {}),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
