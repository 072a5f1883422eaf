/**
 * A gate's result as text: for the terminal, and as Markdown for a pull request or a job's
 * summary.
 */
import { styleText } from "node:util";
import { escapeMarkdown, markdownTable } from "../present/markdown-table.ts";
import { formatFigure, formatPercent } from "../present/number-format.ts";
import { plainTable } from "../present/terminal/plain-table.ts";
import { type CellVerdict, countVerdicts, type GateResult, type Verdict } from "./verdict.ts";

/** The worst comes last on a terminal, where the eye is, and first on a page. */
const severity: readonly Verdict[] = [
  "pass",
  "new",
  "improvement",
  "inconclusive",
  "missing",
  "regression",
];

const colors = {
  pass: "green",
  new: "cyan",
  improvement: "cyan",
  inconclusive: "yellow",
  missing: "red",
  regression: "red",
} as const satisfies Record<Verdict, string>;

export function formatGate(result: GateResult, color: boolean): string {
  const paint = (verdict: Verdict) => (color ? styleText(colors[verdict], verdict) : verdict);
  const heads = headsOf(result);
  const aligns = heads.map((_, i) => (i > 0 && i < heads.length - 2 ? "right" : "left"));
  const lines = sortCells(result.cells).map((cell) => lineOf(cell, result, paint));
  return [...plainTable(heads, lines, aligns), "", ...footOf(result)].join("\n");
}

export function gateMarkdown(result: GateResult): string {
  const { cells, clock } = result;
  const lines = sortCells(cells)
    .reverse()
    .map((cell) => lineOf(cell, result, (verdict) => verdict));
  const foot = footOf(result).map((line) => `${escapeMarkdown(line)}\n`);
  return [
    `## Gate on ${clock}: ${countVerdicts(cells)}\n`,
    cells.length > 0 ? markdownTable(headsOf(result), lines, 1) : "",
    ...foot,
  ].join("\n");
}

function sortCells(cells: readonly CellVerdict[]): CellVerdict[] {
  const rank = ({ verdict }: CellVerdict) => severity.indexOf(verdict);
  return cells.toSorted((a, b) => rank(a) - rank(b));
}

/** Columns of estimates are shown where some cell has one. */
function headsOf({ cells, clock }: GateResult): string[] {
  const unit = clock === "instructions" ? "instructions/frame" : "ns/frame";
  const estimates = isEstimated(cells) ? ["95 % interval", "could see"] : [];
  return ["cell", "baseline", unit, "change", "allowed", ...estimates, "verdict", ""];
}

function isEstimated(cells: readonly CellVerdict[]): boolean {
  return cells.some(({ interval, detectable }) => interval !== null || detectable !== null);
}

function lineOf(
  {
    cell,
    baseline,
    candidate,
    ratio,
    threshold,
    interval,
    detectable,
    verdict,
    reason,
  }: CellVerdict,
  { cells }: GateResult,
  paint: (verdict: Verdict) => string,
): string[] {
  const figure = (value: number | null) => (value === null ? "" : formatFigure(value));
  const change = ratio === null ? "" : formatPercent(ratio - 1, true);
  const range =
    interval &&
    `${formatPercent(interval.low - 1, true)} to ${formatPercent(interval.high - 1, true)}`;
  const seen = detectable === null ? "" : formatPercent(detectable);
  const estimates = isEstimated(cells) ? [range ?? "", seen] : [];
  const name = [cell, figure(baseline), figure(candidate), change, formatPercent(threshold)];
  return [...name, ...estimates, paint(verdict), reason.split("\n")[0]!];
}

/** What made a cell dearer, as lines. */
function functionsOf(cell: CellVerdict): string[] {
  const functions = describeFunctions(cell);
  if (functions.length === 0) return [];
  return [`dearer in ${cell.cell}, instructions per frame:`, ...functions.map((one) => `  ${one}`)];
}

/** "+40.0 *forward ipv4.ts:12 (74.0 → 114.0; packages/…)", of each. */
export function describeFunctions({ functions = [] }: CellVerdict): string[] {
  return functions.map(({ name, object, baseline, candidate }) => {
    const [more, before, after] = [candidate - baseline, baseline, candidate].map((value) =>
      value.toFixed(1),
    );
    return `+${more} ${name} (${before} → ${after}; ${object})`;
  });
}

function footOf(result: GateResult): string[] {
  const { baseline, candidate, differences, failures, cells, elapsedMs, notes } = result;
  const told = differences.map(({ what, decides, ...sides }) => {
    const weight = decides ? "can't be compared" : "may be why";
    return `differs: ${what}: ${sides.baseline} → ${sides.candidate} (${weight})`;
  });
  return [
    `${countVerdicts(cells)}; baseline ${baseline}, candidate ${candidate}, ${(elapsedMs / 1000).toFixed(0)} s`,
    ...failures.map(({ cell, reason }) => `could not be measured: ${cell}: ${reason}`),
    ...told,
    ...cells.flatMap(functionsOf),
    ...notes,
  ];
}
