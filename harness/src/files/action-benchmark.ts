/**
 * `action-benchmark.json`: for github-action-benchmark with `tool: customSmallerIsBetter`
 * (https://github.com/benchmark-action/github-action-benchmark).
 */
import type { Row } from "../rows/row.ts";

export const actionBenchmarkName = "action-benchmark.json";

export interface Entry {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly range: string;
  readonly extra: string;
}

/** Median of each measured cell. A cell without figures is not named. */
export function toActionBenchmark(rows: readonly Row[]): Entry[] {
  return rows.flatMap((row) => {
    if (row.p50 === null) return [];
    const { cell, class: kind, unit, p10, p50, p90, trials, samples } = row;
    const range = `${p10} to ${p90}`;
    const extra = `p10 to p90: ${range}\n${samples} samples of ${trials} trials, class ${kind}`;
    return [{ name: `${kind}/${cell}`, unit, value: p50, range, extra }];
  });
}
