/**
 * `iopath compare` of runs of searches: the rates of cells that they have in common, each against
 * the first run's.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { OpenLoopRun } from "../open-loop/report/json.ts";
import {
  cellKeyOf,
  type GoalName,
  type RateOverSearches,
  type SearchedCell,
  searchedCells,
} from "../open-loop/report/over-searches.ts";
import type { LatencyRow } from "../open-loop/report/row.ts";
import { flatten, lettersOf } from "./compare.ts";

/** A goal of a cell in a later run against the first. */
interface RateChange {
  readonly cell: string;
  readonly goal: GoalName;
  readonly letter: string;
  readonly before: RateOverSearches;
  readonly after: RateOverSearches;
  /** Its rate divided by A's; null where one has none. */
  readonly ratio: number | null;
  /** "higher", "lower", or what keeps it from being either. */
  readonly which: string;
}

/** Latencies at loads of one name: shares of each run's own PDR. */
interface LatencyChange {
  readonly cell: string;
  readonly letter: string;
  readonly before: LatencyRow;
  readonly after: LatencyRow;
}

export interface SearchComparison {
  readonly runs: readonly { readonly letter: string; readonly run: OpenLoopRun["run"] }[];
  readonly rates: readonly RateChange[];
  readonly latencies: readonly LatencyChange[];
  readonly apart: readonly { readonly cell: string; readonly reason: string }[];
  /** [what, in A, in B, …] */
  readonly differences: readonly (readonly string[])[];
}

/** How far searches of a run agree, fewer do not tell. */
export const searchesToJudge = 3;

/** @throws IopathError, exit status 3, for fewer than two runs, or more than there are letters */
export function compareSearches(runs: readonly OpenLoopRun[]): SearchComparison {
  const letters = lettersOf(runs.length);
  const [first, ...others] = runs as [OpenLoopRun, ...OpenLoopRun[]];
  const parts = others.map((other, i) => changesBetween(first, other, letters[i + 1]!));
  return {
    runs: runs.map(({ run }, i) => ({ letter: letters[i]!, run })),
    rates: parts.flatMap(({ rates }) => rates),
    latencies: parts.flatMap(({ latencies }) => latencies),
    apart: parts.flatMap(({ apart }) => apart),
    differences: differencesOf(runs),
  };
}

function changesBetween(a: OpenLoopRun, b: OpenLoopRun, letter: string) {
  const rates: RateChange[] = [];
  const latencies: LatencyChange[] = [];
  const apart: { cell: string; reason: string }[] = [];
  const others = cellsByKey(b);
  for (const [key, cell] of cellsByKey(a)) {
    const other = others.get(key);
    others.delete(key);
    const reason = other ? whyApart(cell, other, letter) : `not in ${letter}`;
    if (reason !== undefined) {
      apart.push({ cell: cell.name, reason });
      continue;
    }
    rates.push(...(["ndr", "pdr"] as const).map((goal) => changeOf(cell, other!, goal, letter)));
    latencies.push(...latencyChanges(cell, [a, b], letter));
  }
  for (const { name } of others.values()) {
    apart.push({ cell: name, reason: `in ${letter}, and not in A` });
  }
  return { rates, latencies, apart };
}

function cellsByKey({ rows }: OpenLoopRun): Map<string, SearchedCell> {
  return new Map(searchedCells(rows).map((cell) => [cellKeyOf(cell.first), cell]));
}

function whyApart(a: SearchedCell, b: SearchedCell, letter: string): string | undefined {
  for (const [name, { first }] of Object.entries({ A: a, [letter]: b })) {
    if (first.status !== "measured") return `${first.status} in ${name}: ${first.reason}`;
  }
  return a.first.class === b.first.class
    ? undefined
    : `class ${a.first.class} in A, ${b.first.class} in ${letter}`;
}

function changeOf(a: SearchedCell, b: SearchedCell, goal: GoalName, letter: string): RateChange {
  const [before, after] = [a[goal], b[goal]];
  const ratio = before.median && after.median ? after.median / before.median : null;
  const searches = Math.min(a.rows.length, b.rows.length);
  const which = whichIs(before, after, searches);
  return { cell: a.name, goal, letter, before, after, ratio, which };
}

/** A difference is named where the intervals leave each other out. */
function whichIs(a: RateOverSearches, b: RateOverSearches, searches: number): string {
  const isHigher = a.high !== null && b.low !== null && b.low > a.high;
  const isLower = b.high !== null && a.low !== null && b.high < a.low;
  if (!isHigher && !isLower) return "no difference seen";
  const side = isHigher ? "higher" : "lower";
  if (searches >= searchesToJudge) return side;
  return `${side}, by too few searches to tell`;
}

function latencyChanges(
  { name, first }: SearchedCell,
  [a, b]: readonly [OpenLoopRun, OpenLoopRun],
  letter: string,
): LatencyChange[] {
  const key = cellKeyOf(first);
  const own = ({ latencies }: OpenLoopRun) => latencies.filter((row) => cellKeyOf(row) === key);
  const others = own(b);
  return own(a).flatMap((before) => {
    const after = others.find(({ load }) => load === before.load);
    return after ? [{ cell: name, letter, before, after }] : [];
  });
}

function differencesOf(runs: readonly OpenLoopRun[]): string[][] {
  const sides = runs.map(({ run, rows }) => ({
    ...flatten(run.environment),
    placement: rows.find(({ placement }) => placement !== "")?.placement ?? "",
  }));
  const names = [...new Set(sides.flatMap((side) => Object.keys(side)))];
  return names
    .map((name) => [name, ...sides.map((side) => (side as Record<string, string>)[name] ?? "")])
    .filter(([, first, ...others]) => others.some((other) => other !== first));
}

/** @throws IopathError, exit status 3: what was measured in other ways has no cell in common */
export function mixedError(closed: string, open: string): IopathError {
  const message = `${open} is a run of searches, and ${closed} is not`;
  return new IopathError(ExitStatus.usage, message, {
    remedy: "compare runs of `iopath search` with each other, and those of `iopath run`",
  });
}
