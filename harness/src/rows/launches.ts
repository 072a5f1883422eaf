/**
 * What each launch of a cell says by itself, and from that how sure the row's figures are. A launch
 * is a process that was started for the cell: a trial of a round.
 */
import { quantileSorted } from "simple-statistics";
import type { JournalEvent } from "../journal/events.ts";
import { type Estimate, estimateOver, intervalOfLogs } from "../statistics/launches.ts";
import type { Row } from "./row.ts";

/** Median cost of each launch that was measured, by its round. */
export type Launches = ReadonlyMap<number, number>;

export function launchesByCell(events: readonly JournalEvent[]): ReadonlyMap<string, Launches> {
  const found = new Map<string, Map<number, number>>();
  for (const entry of events) {
    if (entry.event !== "trial" || entry.result.status !== "measured") continue;
    const { samplesNs } = entry.result;
    if (samplesNs.length === 0) continue;
    const own = found.get(entry.cell) ?? new Map<number, number>();
    own.set(entry.round, quantileSorted(samplesNs, 0.5));
    found.set(entry.cell, own);
  }
  return found;
}

type SureFigures = Pick<
  Row,
  "speedup_over_reference" | "speedup_low" | "speedup_high" | "p50_low" | "p50_high"
>;

/**
 * @param row measured by the wall clock
 * @param reference its launches, if the row has a reference
 * @param firstStage how many launches are made before anything is decided
 */
export function sureFigures(
  row: Row,
  launches: Launches,
  reference: Launches | undefined,
  firstStage: number,
): Partial<SureFigures> {
  const logs = [...launches.values()].map((cost) => Math.log(cost));
  const cost = intervalOfLogs(estimateOver(logs, firstStage));
  return {
    ...(cost && row.p50 !== null ? around(row.p50, cost.low, cost.high) : {}),
    ...(reference ? speedUp(launches, reference, firstStage) : {}),
  };
}

/** The median of all samples need not be the mean of the launches' medians. */
function around(p50: number, low: number, high: number): Partial<SureFigures> {
  return { p50_low: round(Math.min(p50, low), 1), p50_high: round(Math.max(p50, high), 1) };
}

function speedUp(
  launches: Launches,
  reference: Launches,
  firstStage: number,
): Partial<SureFigures> {
  const logs = [...launches].flatMap(([round, cost]) => {
    const of = reference.get(round);
    return of === undefined ? [] : [Math.log(of / cost)];
  });
  if (logs.length === 0) return {};
  return speedUpFields(estimateOver(logs, firstStage));
}

function speedUpFields(estimate: Estimate): Partial<SureFigures> {
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
