/** The lines of a comparison's tables, the same for terminal, Markdown and page. */

import { nameRevision } from "../environment/own-revision.ts";
import type { RunHead } from "../files/results-json.ts";
import { formatFigure } from "../present/number-format.ts";
import type { Change, ComparedCell } from "./compare.ts";

export const runHeads = ["run", "id", "made", "revision"] as const;

/** A run by its letter. */
interface LetteredRun {
  readonly letter: string;
  readonly run: RunHead;
}

export function runLine({ letter, run }: LetteredRun): string[] {
  return [letter, run.runId, run.startedAt, nameRevision(run.environment, 12)];
}

/** Of a line of `changeLines`; the last one is text, the others numbers. */
export const changeHeads = [
  "run",
  "A p50",
  "its p50",
  "ratio",
  "of",
  "95 % interval",
  "which is",
] as const;

/** One line per later run. */
export function changeLines({ row, changes }: ComparedCell): string[][] {
  return changes.map((change) => [
    change.letter,
    formatFigure(row.p50!),
    formatFigure(change.row.p50!),
    change.ratio === null ? "" : change.ratio.toFixed(3),
    change.of,
    formatInterval(change),
    change.side,
  ]);
}

export function formatInterval({ interval }: Pick<Change, "interval">): string {
  return interval ? `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}` : "";
}

/** What a ratio says, and what its interval does not know. */
export const intervalNotes = [
  "Of speed-ups: what the cell costs in units of the reference, which had its slices in the same turns.",
  "Of p50: the medians; there the machine of either day is in the ratio.",
  "Interval: of both runs' intervals over launches, or a bootstrap over trials and samples where a run has none, which " +
    "knows the noise within the runs alone.",
].join("\n");
