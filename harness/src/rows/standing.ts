/**
 * Which of the rows that stand side by side costs less, as far as their intervals tell: rows whose
 * intervals overlap share their places.
 */
import { testerOnly } from "../paths/all.ts";
import type { Interval } from "../statistics/interval.ts";
import { formatRanks, type RankRange, rankRanges } from "../statistics/rank-ranges.ts";
import { conditionsOf, keyOf } from "./conditions.ts";
import { isReference } from "./derive.ts";
import type { Row } from "./row.ts";

/**
 * The cost of a row in units of the reference's; of counted instructions the count, which is exact.
 * Undefined where nothing says how sure it is.
 */
function relativeCost(row: Row): Interval | undefined {
  if (row.p50 === null) return undefined;
  if (row.clock === "instructions") return { low: row.p50, high: row.p50 };
  if (isReference(row)) return { low: 1, high: 1 };
  const { speedup_low: low, speedup_high: high } = row;
  return low && high ? { low: 1 / high, high: 1 / low } : undefined;
}

/**
 * The places of the rows that forward frames between devices, or of all that forward where none
 * does; those of which nothing is known have none.
 *
 * @param rows of one size, window and the like
 */
export function ranksOf(rows: readonly Row[]): ReadonlyMap<Row, RankRange> {
  const forwarding = rows.filter(({ path, p50 }) => path !== testerOnly && p50 !== null);
  const real = forwarding.filter(({ stand_in }) => stand_in === "");
  const known = (real.length > 0 ? real : forwarding).flatMap((row) => {
    const cost = relativeCost(row);
    return cost ? [{ row, cost }] : [];
  });
  if (known.length < 2) return new Map();
  const ranges = rankRanges(known.map(({ cost }) => cost));
  return new Map(known.map(({ row }, i) => [row, ranges[i]!]));
}

/** The places of each row among those that the tester alone stands beside as well. */
export function ranksOfBlocks(rows: readonly Row[]): ReadonlyMap<Row, RankRange> {
  const blocks = Map.groupBy(rows, (row) => keyOf(row, blockColumns));
  return new Map([...blocks.values()].flatMap((block) => [...ranksOf(block)]));
}

const blockColumns = conditionsOf({ path: testerOnly });

/** "1–3"; nothing where it has none. */
export function rankText(ranks: ReadonlyMap<Row, RankRange>, row: Row): string {
  const range = ranks.get(row);
  return range ? formatRanks(range) : "";
}

/**
 * The row that costs least, and those whose intervals overlap with its own. Where one of two rows
 * has no interval, they count as overlapping.
 */
export function cheapestOf(rows: readonly Row[]): Row[] {
  const ascending = rows.toSorted((a, b) => costOf(a) - costOf(b));
  const [best] = ascending;
  if (!best) return [];
  const cost = relativeCost(best);
  return ascending.filter((row) => {
    const other = relativeCost(row);
    return row === best || !cost || !other || other.low <= cost.high;
  });
}

/** By the speed-up, which is surer than the cost. */
function costOf(row: Row): number {
  return row.speedup_over_reference ? 1 / row.speedup_over_reference : row.p50!;
}

/** "±0.8 %": half of the interval of the speed-up; of one launch nothing is known. */
export function formatHalfWidth(row: Row): string {
  const { speedup_low: low, speedup_high: high } = row;
  if (row.clock === "wall" && row.p50 !== null && row.trials === 1) return "1 launch";
  if (!low || !high) return "";
  const half = 50 * Math.log(high / low);
  return `±${half < 9.95 ? half.toFixed(1) : half.toFixed(0)} %`;
}
