/** A comparison as text: for the terminal, and as Markdown. */
import Table from "cli-table3";
import type { ComparedCell, Comparison } from "./compare.ts";
import { escapeMarkdown, markdownTable } from "./markdown.ts";
import { formatFigure } from "./report/groups.ts";
import { plainBorders } from "./table.ts";

const heads = ["cell", "class", "unit", "A p50", "B p50", "B / A", "95 % interval", "which is"];
const texts = 3;

const notes =
  "B / A above 1: B is slower. The interval is a bootstrap over trials and their samples. It knows the noise\n" +
  "within the two runs, and not what changed between them: two runs of one revision differ by more.";

export function formatComparison({ cells, apart, differences }: Comparison): string {
  return [
    cells.length > 0
      ? plainTable(heads, cells.map(line), texts)
      : "the runs have no cell in common",
    cells.length > 0 ? `\n${notes}` : "",
    `\nwhat differs in the runs\n${
      differences.length > 0 ? plainTable(["what", "A", "B"], differences, 3) : " nothing"
    }`,
    apart.length > 0 ? `\nnot compared\n${plainTable(["cell", "why"], apart.map(pair), 2)}` : "",
  ]
    .filter(Boolean)
    .join("\n");
}

export function comparisonMarkdown({ cells, apart, differences }: Comparison): string {
  const parts = [
    "## Two runs compared\n",
    cells.length > 0
      ? `${markdownTable(heads, cells.map(line), texts)}\n${escapeMarkdown(notes)}\n`
      : "The runs have no cell in common.\n",
  ];
  parts.push(
    differences.length > 0
      ? `### What differs in the runs\n\n${markdownTable(["what", "A", "B"], differences, 3)}`
      : "Nothing differs in environment and config.\n",
  );
  if (apart.length > 0) {
    parts.push(`### Not compared\n\n${markdownTable(["cell", "why"], apart.map(pair), 2)}`);
  }
  return parts.join("\n");
}

function line({ cell, class: kind, unit, a, b, ratio, interval, side }: ComparedCell): string[] {
  const range = interval ? `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}` : "";
  const medians = [a.p50!, b.p50!].map(formatFigure);
  return [cell, kind, unit, ...medians, ratio === null ? "" : ratio.toFixed(3), range, side];
}

function pair({ cell, reason }: { cell: string; reason: string }): string[] {
  return [cell, reason.split("\n")[0]!];
}

function plainTable(
  head: readonly string[],
  lines: readonly (readonly string[])[],
  left: number,
): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((name, i) => (i < left || name === "which is" ? "left" : "right")),
    style: { head: [], border: [], compact: true },
    chars: plainBorders,
  });
  for (const fields of lines) table.push([...fields]);
  return table
    .toString()
    .split("\n")
    .map((text) => text.trimEnd())
    .join("\n");
}
