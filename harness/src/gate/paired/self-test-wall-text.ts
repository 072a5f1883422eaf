/** The self-test as a table: what a paired gate finds on this machine, cell by cell. */
import Table from "cli-table3";
import { median } from "simple-statistics";
import { nameOfShare, type SelfTestGate } from "./self-test-wall.ts";

export function formatSelfTest(gates: readonly SelfTestGate[], color: boolean): string {
  const shares = [...new Set(gates.map(({ planted }) => planted))].sort((a, b) => a - b);
  const cells = [...new Set(gates.flatMap((gate) => gate.cells.map(({ cell }) => cell)))];
  const table = new Table({
    head: ["cell", ...shares.map(nameOfShare), "detectable"],
    style: color ? {} : { head: [], border: [] },
  });
  for (const cell of cells) {
    const found = shares.map((planted) => foundOf(gates, planted, cell));
    table.push([cell, ...found, detectableOf(gates, cell)]);
  }
  return [table.toString(), "", ...summary(gates)].join("\n");
}

/** "19 of 20 (1.031)": regressions found, and the median of the ratios measured. */
function foundOf(gates: readonly SelfTestGate[], planted: number, cell: string): string {
  const outcomes = gates
    .filter((gate) => gate.planted === planted)
    .flatMap((gate) => gate.cells.filter((outcome) => outcome.cell === cell));
  const alarms = outcomes.filter(({ verdict }) => verdict === "regression").length;
  const ratio = median(outcomes.map((outcome) => outcome.ratio));
  return `${alarms} of ${outcomes.length} (${ratio.toFixed(4)})`;
}

function detectableOf(gates: readonly SelfTestGate[], cell: string): string {
  const seen = gates
    .flatMap((gate) => gate.cells.filter((outcome) => outcome.cell === cell))
    .flatMap(({ detectable }) => (detectable === null ? [] : [detectable]));
  return seen.length > 0 ? `${(median(seen) * 100).toFixed(1)} %` : "";
}

function summary(gates: readonly SelfTestGate[]): string[] {
  const equal = gates.filter(({ planted }) => planted === 0);
  const verdicts = equal.map(({ cells }) => cells.map(({ verdict }) => verdict));
  const alarms = verdicts.filter((list) => list.includes("regression")).length;
  const improved = verdicts.filter((list) => list.includes("improvement")).length;
  const seconds = median(gates.map(({ elapsedMs }) => elapsedMs / 1000));
  const loads = gates.map(({ loadAverage }) => loadAverage).sort((a, b) => a - b);
  return [
    "regressions found, of gates made (median of the ratios that they measured)",
    `gates of equal code: ${equal.length}, with a false alarm: ${alarms}, with a false improvement: ${improved}`,
    `a gate took ${seconds.toFixed(0)} s (median); load average ${loads[0]?.toFixed(1)} to ${loads.at(-1)?.toFixed(1)}`,
  ];
}
