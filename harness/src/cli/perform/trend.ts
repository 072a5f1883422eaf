/**
 * `iopath trend`: how figures went from gate to gate, as text, JSON, or Apache Otava's
 * configuration.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { readHistory } from "../../gate/gate-history.ts";
import { formatTrends, otavaConfig, trendsOf } from "../../gate/trend.ts";
import { screenOf } from "../../present/terminal/screen.ts";
import type { TrendPlan } from "../plan.ts";

export function performTrend({ history, branch, form }: TrendPlan): number {
  const points = readHistory(history);
  if (points.length === 0) {
    throw new IopathError(ExitStatus.input, `there is no history: no ${history}`, {
      remedy: "every `iopath gate` adds a line to it",
    });
  }
  const forms = {
    otava: () => inJson(otavaConfig(points, history, branch)),
    json: () => inJson(trendsOf(points, branch).map(({ cell, changes }) => ({ cell, changes }))),
    text: () => formatTrends(trendsOf(points, branch), screenOf(process.stdout).color),
  };
  process.stdout.write(`${forms[form]()}\n`);
  return 0;
}

function inJson(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
