/**
 * `bencher.json`: Bencher's own format (BMF,
 * https://bencher.dev/docs/reference/bencher-metric-format).
 */
import type { Row } from "../rows/row.ts";

export const bencherName = "bencher.json";

interface Metric {
  readonly value: number;
  readonly lower_value: number;
  readonly upper_value: number;
}

/** Of Bencher's own, in ns; another measure comes to be when Bencher first sees its slug. */
const slugs: Record<Row["unit"], string> = {
  "ns/frame": "latency",
  "instructions/frame": "instructions",
};

/** Median of each measured cell, between p10 and p90. A cell without figures is not named. */
export function toBencher(rows: readonly Row[]): Record<string, Record<string, Metric>> {
  const measured = rows.filter(({ p50 }) => p50 !== null);
  return Object.fromEntries(
    measured.map(({ cell, class: kind, unit, p10, p50, p90 }) => [
      // Class in the name: figures of two classes are never one line in a plot.
      `${kind}/${cell}`,
      { [slugs[unit]]: { value: p50!, lower_value: p10!, upper_value: p90! } },
    ]),
  );
}
