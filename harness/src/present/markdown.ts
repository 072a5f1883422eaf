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
import { formatFigure, formatRatio } from "./number-format.ts";

/** GitHub refuses summaries above 1 MiB, and nobody reads a longer table there. */
const linesMax = 500;

export function formatMarkdown(rows: readonly Row[], head: RunHead): string {
  const groups = groupRows(rows);
  const parts = groups.length > 0 ? groups.map(groupMarkdown) : ["This run has no rows.\n"];
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

/** @param texts how many columns, from the left, are aligned left; the others hold numbers */
export function markdownTable(
  heads: readonly string[],
  lines: readonly (readonly string[])[],
  texts: number,
): string {
  const rule = heads.map((_, i) => (i < texts ? "---" : "---:"));
  const body = lines.map((fields) => fields.map(escapeMarkdown));
  return [heads, rule, ...body].map((fields) => `| ${fields.join(" | ")} |\n`).join("");
}

/** Text that stays text, in one line: no markup, no cell's end, no mention of anybody. */
export function escapeMarkdown(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replaceAll(/[\\`*_{}[\]#|~$!]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("@", "&#64;")
    .replaceAll("://", ":&#47;/");
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
