/** A run of searches as Markdown, for pull requests and the summary of a CI job. */
import type { OpenLoopRun } from "../../open-loop/report/json.ts";
import { cellKeyOf, searchedCells } from "../../open-loop/report/over-searches.ts";
import { whereText } from "../markdown.ts";
import { escapeMarkdown, markdownTable } from "../markdown-table.ts";
import {
  boundSentences,
  cellNames,
  cellTexts,
  hasLine,
  latencyHeads,
  latencyLegend,
  latencyTexts,
  overSearchesLegend,
  profileLegend,
  reasonText,
  singleSearchNote,
} from "./words.ts";

export function openLoopMarkdown({ run, rows, latencies }: OpenLoopRun): string {
  const measured = rows.filter(({ status }) => status === "measured");
  const parts = [
    "## How many frames per second, and how late\n",
    `${escapeMarkdown(whereText(run))}\n`,
    ...(measured.length === 0 ? ["No search of this run has a figure.\n"] : []),
    ...(measured.length === 0 ? [] : [ratesMarkdown(measured)]),
    ...(latencies.length === 0 ? [] : [latenciesMarkdown({ rows, latencies })]),
    ...(measured.length === 0 ? [] : [boundsMarkdown(measured)]),
    ...missingMarkdown(rows),
  ];
  return parts.join("\n");
}

function ratesMarkdown(measured: OpenLoopRun["rows"]): string {
  const onLine = hasLine(measured);
  const ofGoal = (goal: string) => [`${goal}, Mpps`, "from", "to", "spread"];
  const heads = [
    ...["cell", "searches", ...ofGoal("NDR"), ...ofGoal("PDR"), "PDR Gbit/s L1", "L2"],
    ...(onLine ? ["of line rate"] : []),
    "CPU ns/frame",
  ];
  const lines = searchedCells(measured).map((cell) => [cell.name, ...cellTexts(cell, onLine)]);
  const open = "`open`: the generator's limit, the device's is above.";
  const notes = [profileLegend(measured), overSearchesLegend, open, singleSearchNote(measured)];
  const legend = notes.join(" ").trimEnd();
  return `${markdownTable(heads, lines, 1)}\n${legend}\n`;
}

function latenciesMarkdown({ rows, latencies }: Pick<OpenLoopRun, "rows" | "latencies">): string {
  const names = cellNames(rows);
  const lines = latencies.map((row) => [names.get(cellKeyOf(row)) ?? "", ...latencyTexts(row)]);
  return `${markdownTable(latencyHeads, lines, 2)}\n${escapeMarkdown(latencyLegend)}\n`;
}

function boundsMarkdown(measured: OpenLoopRun["rows"]): string {
  const lines = boundSentences(measured).map(({ name, bound }) => [name, bound]);
  return markdownTable(["cell", "what bounds PDR"], lines, 2);
}

function missingMarkdown(rows: OpenLoopRun["rows"]): string[] {
  const names = cellNames(rows);
  const lines = rows
    .filter(({ status }) => status !== "measured")
    .map((row) => [names.get(cellKeyOf(row)) ?? "", row.status, reasonText(row)]);
  return lines.length === 0 ? [] : [markdownTable(["cell", "status", "why"], lines, 3)];
}
