/** A comparison of searches as text, Markdown and page: one list of tables for all three. */

import { html } from "../present/html.ts";
import { escapeMarkdown, markdownTable } from "../present/markdown-table.ts";
import { micros, rangeTexts } from "../present/open-loop/words.ts";
import { wholePage } from "../present/page/shell.ts";
import { runHeads, runLine } from "./lines.ts";
import { plainTableElement } from "./page.ts";
import { type SearchComparison, searchesToJudge } from "./searches.ts";
import { tableOf } from "./text.ts";

interface Part {
  readonly title: string;
  readonly heads: readonly string[];
  readonly lines: readonly (readonly string[])[];
  /** Columns from the left that hold text. */
  readonly texts: number;
  readonly note?: string;
}

const notes =
  "Millions of frames per second: the median of the searches, from the lowest lower to the highest upper bound. " +
  "Ratio: its median divided by A's; a difference is named where the intervals leave each other out, " +
  `of ${searchesToJudge} searches at least in both runs.`;
const latencyNote =
  "Microseconds, at shares of each run's own PDR: where that differs, so does the load.";

function partsOf({ runs, rates, latencies, apart, differences }: SearchComparison): Part[] {
  const letters = runs.map(({ letter }) => letter);
  const range = ["from", "to"];
  return [
    { title: "Runs of searches compared", heads: runHeads, lines: runs.map(runLine), texts: 4 },
    {
      title: "Rates",
      heads: ["cell", "goal", "run", "A", ...range, "its", ...range, "ratio", "which is"],
      lines: rates.map(({ cell, goal, letter, before, after, ratio, which }) => [
        ...[cell, goal.toUpperCase(), letter],
        ...[...rangeTexts(before).slice(0, 3), ...rangeTexts(after).slice(0, 3)],
        ...[ratio === null ? "" : ratio.toFixed(3), which],
      ]),
      ...{ texts: 3, note: notes },
    },
    {
      title: "Latencies",
      heads: ["cell", "load", "run", "A p50", "its p50", "A p99", "its p99"],
      lines: latencies.map(({ cell, letter, before, after }) => [
        ...[cell, before.load, letter, text(before.p50_ns), text(after.p50_ns)],
        ...[text(before.p99_ns), text(after.p99_ns)],
      ]),
      ...{ texts: 3, note: latencyNote },
    },
    {
      title: "What differs in the runs",
      heads: ["what", ...letters],
      ...{ lines: differences, texts: letters.length + 1 },
    },
    {
      title: "Not compared",
      heads: ["cell", "why"],
      ...{ lines: apart.map(({ cell, reason }) => [cell, reason.split("\n")[0]!]), texts: 2 },
    },
  ];
}

function text(ns: number | null): string {
  return ns === null ? "" : micros(ns);
}

/** Parts that have something to say: without rates, that rates are missing. */
function shownParts(comparison: SearchComparison): Part[] {
  return partsOf(comparison).filter(({ lines }) => lines.length > 0);
}

const nothing = "The runs have no cell in common that both measured.";

export function formatSearchComparison(comparison: SearchComparison): string {
  const parts = shownParts(comparison).map(({ title, heads, lines, texts, note }) =>
    [title, tableOf(heads, lines, texts), ...(note ? [note] : [])].join("\n"),
  );
  return [...parts, ...(comparison.rates.length > 0 ? [] : [nothing])].join("\n\n");
}

export function searchComparisonMarkdown(comparison: SearchComparison): string {
  const parts = shownParts(comparison).map(({ title, heads, lines, texts, note }) =>
    [
      `## ${title}\n\n${markdownTable(heads, lines, texts)}`,
      ...(note ? [`${escapeMarkdown(note)}\n`] : []),
    ].join("\n"),
  );
  return [...parts, ...(comparison.rates.length > 0 ? [] : [nothing])].join("\n");
}

export function searchComparisonPage(comparison: SearchComparison): string {
  const [runs, ...others] = shownParts(comparison) as [Part, ...Part[]];
  const names = comparison.runs.map(({ letter, run }) => `${letter} ${run.runId}`).join(", ");
  const body = html`<header><h1>${runs.title}</h1>${plainTableElement(runs.heads, runs.lines)}</header>
<main>${comparison.rates.length > 0 ? undefined : html`<p>${nothing}</p>`}
${others.map(
  ({ title, heads, lines, note }) => html`<section><h2>${title}</h2>
${note ? html`<p class="quiet">${note}</p>` : undefined}${plainTableElement(heads, lines)}</section>`,
)}</main>`;
  return wholePage({ title: `iopath: searches ${names} compared`, body });
}
