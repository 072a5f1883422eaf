/** What the searches of one variant and size come to together. */
import { median } from "simple-statistics";
import type { LatencyRow, SearchRow, TrialRow } from "./row.ts";

export type GoalName = "ndr" | "pdr";

/** Frames per second, over searches. */
export interface RateOverSearches {
  /** Of the conditional throughputs; null where no search found one. */
  readonly median: number | null;
  /** The lowest lower bound; 0 where each load lost too much in some search. */
  readonly low: number | null;
  /** The highest upper bound; null where some search found none. */
  readonly high: number | null;
  /** How far apart searches were: highest less lowest, by the median; null for a single search. */
  readonly spread: number | null;
}

/** A variant at one frame size with its searches. */
export interface SearchedCell {
  /** "xdp/af-xdp/64B" */
  readonly name: string;
  readonly first: SearchRow;
  readonly rows: readonly SearchRow[];
  readonly ndr: RateOverSearches;
  readonly pdr: RateOverSearches;
}

type Named = Pick<
  TrialRow & LatencyRow,
  "path" | "variant" | "frame_bytes" | "burst" | "workload" | "profile"
>;

/** The same for all rows of one cell, and for none of another. */
export function cellKeyOf({ path, variant, frame_bytes, burst, workload, profile }: Named): string {
  return [path, variant, `${frame_bytes}B`, `burst${burst}`, workload, profile].join("/");
}

/** In the order of the rows; those that were not measured are cells too. */
export function searchedCells(rows: readonly SearchRow[]): SearchedCell[] {
  const groups = [...Map.groupBy(rows, cellKeyOf).values()];
  const firsts = groups.map(([first]) => first!);
  return groups.map((own) => {
    const [first] = own as [SearchRow, ...SearchRow[]];
    const name = nameAmong(first, firsts);
    return { name, first, rows: own, ndr: rateOf(own, "ndr"), pdr: rateOf(own, "pdr") };
  });
}

/** Path, variant and size; and what else the cells differ in. */
function nameAmong(row: SearchRow, all: readonly SearchRow[]): string {
  const differs = (key: "burst" | "workload" | "profile") =>
    all.some((other) => other[key] !== row[key]);
  return [
    ...[row.path, row.variant, `${row.frame_bytes}B`],
    ...(differs("burst") ? [`burst${row.burst}`] : []),
    ...(differs("workload") ? [row.workload] : []),
    ...(differs("profile") ? [row.profile] : []),
  ].join("/");
}

function rateOf(rows: readonly SearchRow[], goal: GoalName): RateOverSearches {
  const measured = rows.filter(({ status }) => status === "measured");
  const rates = measured.flatMap((row) => row[`${goal}_fps`] ?? []);
  const lower = measured.map((row) => row[`${goal}_lower_fps`] ?? 0);
  const upper = measured.map((row) => row[`${goal}_upper_fps`]);
  const middle = rates.length === 0 ? null : median(rates);
  return {
    median: middle,
    low: lower.length === 0 ? null : Math.min(...lower),
    high: upper.length === 0 || upper.includes(null) ? null : Math.max(...(upper as number[])),
    spread: middle && rates.length > 1 ? (Math.max(...rates) - Math.min(...rates)) / middle : null,
  };
}
