/** The rows as Markdown, for pull requests and the summary of a CI job. */

import { appendFileSync } from "node:fs";
import { outputError } from "../errors/output-error.ts";
import type { RunHead } from "../files/results-json.ts";
import { axesAsRead } from "../matrix/axis-list.ts";
import { referenceName } from "../paths/loaders.ts";
import { type Group, groupRows, nameOf } from "../rows/groups.ts";
import { noiseText } from "../rows/noise.ts";
import type { Row } from "../rows/row.ts";
import { formatHalfWidth, type ranksOf, ranksOfBlocks, rankText } from "../rows/standing.ts";
import { kernelsMarkdown } from "./kernels-markdown.ts";
import { escapeMarkdown, markdownTable } from "./markdown-table.ts";
import { formatFigure, formatRatio } from "./number-format.ts";

/** GitHub refuses summaries above 1 MiB, and nobody reads a longer table there. */
const linesMax = 500;

export function formatMarkdown(rows: readonly Row[], head: RunHead): string {
  const groups = groupRows(rows);
  const all = [...kernelsMarkdown(groups), ...groups.map(groupMarkdown)];
  const parts = all.length > 0 ? all : ["This run has no rows.\n"];
  return `## What one forwarded frame costs\n\n${escapeMarkdown(whereText(head))}\n\n${parts.join("\n")}`;
}

/** Which run, and where it was made, in a line. */
export function whereText({ environment, startedAt }: RunHead): string {
  const dirty = environment.revisionDirty === true ? ", with changes" : "";
  return (
    `iopath ${environment.iopath}, revision ${environment.revision.slice(0, 12)}${dirty}, ` +
    `${environment.cpuModel} (${environment.cpus} CPUs), Linux ${environment.kernel}, ` +
    `Node ${environment.node}, ${startedAt}`
  );
}

function groupMarkdown({ label, first, rows }: Group): string {
  const axes = axesAsRead.map(({ short }) => short);
  const heads = ["path", ...axes, ...figureHeads];
  const ranks = ranksOfBlocks(rows);
  const lines = rows.slice(0, linesMax).map((row) => line(row, ranks));
  const left = rows.length - lines.length;
  const noise = noiseText(rows);
  return [
    `### Class ${escapeMarkdown(label)}, ${first.unit}\n\n`,
    noise === "" ? "" : `${escapeMarkdown(noise)}\n\n`,
    markdownTable(heads, lines, 1),
    left > 0 ? `\n${left} more rows are in results.csv.\n` : "",
    `\nSpeed-up: p50 of ${referenceName} of the same size and window, divided by p50.`,
    " ±: half of its 95 % interval over launches of fresh processes.",
    " Rank: rows of one size and window whose intervals overlap share their places.",
    " The tester is part of every figure.\n",
  ].join("");
}

const figureHeads = ["p10", "p50", "p90", "p99", "speed-up", "±", "rank"];

function line(row: Row, ranks: ReturnType<typeof ranksOf>): string[] {
  // Of several columns the last one that is not empty: a mix has a name and a mean size.
  const values = axesAsRead.map(({ columnNames }) => {
    const fields = columnNames.map((column) => String(row[column]));
    return fields.findLast((text) => text !== "") ?? "";
  });
  const name = [nameOf(row), ...values];
  if (row.p50 === null)
    return [...name, `${row.status}: ${row.reason}`, ...figureHeads.slice(1).fill("")];
  const figures = [row.p10, row.p50, row.p90, row.p99].map((value) => formatFigure(value!));
  const speedUp = [formatRatio(row.speedup_over_reference), formatHalfWidth(row)];
  return [...name, ...figures, ...speedUp, rankText(ranks, row)];
}

/** Into the file that a CI job shows as its summary, where there is one (`GITHUB_STEP_SUMMARY`). */
export function appendStepSummary(markdown: string, file: string | undefined): void {
  if (!file) return;
  try {
    appendFileSync(file, `${markdown}\n`);
  } catch (cause) {
    throw outputError(file, cause);
  }
}
