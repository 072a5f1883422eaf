/** A comparison as text: for the terminal, and as Markdown. */

import { escapeMarkdown, markdownTable } from "../present/markdown-table.ts";
import { plainTable } from "../present/terminal/plain-table.ts";
import { plainText } from "../present/terminal/screen.ts";
import { type ComparedCell, type Comparison, summaryOf } from "./compare.ts";
import { changeHeads, changeLines, intervalNotes, runHeads, runLine } from "./lines.ts";

/** Columns from the left that hold text, and are aligned so. */
const texts = 4;

const notes = `Ratio: cost of the run divided by that of A; above 1, it costs more than in A.\n${intervalNotes}`;

const heads = ["cell", "class", "unit", ...changeHeads];

function cellLines(cell: ComparedCell): string[][] {
  const { cell: id, class: kind, unit } = cell.row;
  return changeLines(cell).map((line) => [id, kind, unit, ...line]);
}

export function formatComparison(comparison: Comparison): string {
  const { cells, apart, differences, runs } = comparison;
  const letters = runs.map(({ letter }) => letter);
  return [
    tableOf(runHeads, runs.map(runLine), 4),
    cells.length > 0
      ? `\n${tableOf(heads, cells.flatMap(cellLines), texts)}\n\n${summaryOf(comparison).join("\n")}\n\n${notes}`
      : "\nthe runs have no cell in common",
    `\nwhat differs in the runs\n${
      differences.length > 0
        ? tableOf(["what", ...letters], differences, letters.length + 1)
        : " nothing"
    }`,
    apart.length > 0 ? `\nnot compared\n${tableOf(["cell", "why"], apart.map(pair), 2)}` : "",
    ...comparison.notes.map((note) => `\nnote: ${plainText(note)}`),
  ]
    .filter(Boolean)
    .join("\n");
}

export function comparisonMarkdown(comparison: Comparison): string {
  const { cells, apart, differences, runs } = comparison;
  const letters = runs.map(({ letter }) => letter);
  return [
    "## Runs compared\n",
    markdownTable(runHeads, runs.map(runLine), 4),
    cells.length > 0
      ? `${markdownList(summaryOf(comparison))}\n${markdownTable(heads, cells.flatMap(cellLines), texts)}\n${escapeMarkdown(notes)}\n`
      : "The runs have no cell in common.\n",
    differences.length > 0
      ? `### What differs in the runs\n\n${markdownTable(["what", ...letters], differences, letters.length + 1)}`
      : "Nothing differs in environment and config.\n",
    apart.length > 0
      ? `### Not compared\n\n${markdownTable(["cell", "why"], apart.map(pair), 2)}`
      : "",
    ...comparison.notes.map((note) => `${escapeMarkdown(note)}\n`),
  ]
    .filter(Boolean)
    .join("\n");
}

function markdownList(lines: readonly string[]): string {
  return lines.map((line) => `- ${escapeMarkdown(line)}\n`).join("");
}

function pair({ cell, reason }: { cell: string; reason: string }): string[] {
  return [cell, reason.split("\n")[0]!];
}

/** @param left columns from the left that hold text */
export function tableOf(
  head: readonly string[],
  lines: readonly (readonly string[])[],
  left: number,
): string {
  const aligns = head.map((name, i) => (i < left || name === "which is" ? "left" : "right"));
  const texts = lines.map((fields) => fields.map(plainText));
  return plainTable(head, texts, aligns).join("\n");
}
