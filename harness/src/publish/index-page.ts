/** The index of all published runs: a page, and the same list for where Markdown is shown. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import * as Plot from "@observablehq/plot";
import { nameRevision } from "../environment/own-revision.ts";
import { makeFolder, writeWhole } from "../files/files.ts";
import { drawFigure } from "../present/figures/figure.ts";
import { glanceFile } from "../present/figures/glance-figure.ts";
import { type Html, html } from "../present/html.ts";
import { escapeMarkdown, markdownTable } from "../present/markdown-table.ts";
import { formatFigure } from "../present/number-format.ts";
import { wholePage } from "../present/page/shell.ts";
import { type CellHistory, changeOf, type History, historiesOf } from "./history.ts";
import { listPublished, type PublishedRun, type PublishedSearches } from "./published.ts";
import { searchesMarkdown, searchTable } from "./searches-index.ts";

const indexName = "index.html";

/** @returns where the page is, and which folders are not in it and why */
export function rebuildIndex(folder: string): { file: string; problems: string[] } {
  makeFolder(folder);
  const { runs, searches, problems } = listPublished(folder);
  const file = join(folder, indexName);
  writeWhole(file, indexPage(runs, searches));
  writeWhole(join(folder, "README.md"), indexMarkdown(folder, runs, searches));
  return { file, problems };
}

function indexPage(runs: readonly PublishedRun[], searches: readonly PublishedSearches[]): string {
  const histories = historiesOf(runs);
  const body = html`<header><h1>Published runs</h1>
<p class="lead">${runs.length + searches.length === 0 ? "No run is published yet." : html`Each with its rows, samples and page.`}</p></header>
<main>${runs.length > 0 ? runTable(runs) : undefined}
${searches.length > 0 ? searchTable(searches) : undefined}
${histories.map(historySection)}
${
  runs.length > 0 && histories.length === 0
    ? html`<p class="quiet">How a cell developed is shown here as soon as one machine has two runs.</p>`
    : undefined
}</main>`;
  return wholePage({ title: "iopath: published runs", body });
}

function runTable(runs: readonly PublishedRun[]): Html {
  const heads = ["run", "class", "processor", "kernel", "revision"];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Published runs"><table><thead><tr>
${heads.map((head) => html`<th scope="col">${head}</th>`)}<th scope="col" class="number">measured</th>
<th scope="col" class="number">of cells</th><th scope="col">files</th></tr></thead><tbody>
${runs.map(({ name, run, rows }) => {
  const { cpuModel, cpus } = run.environment;
  return html`<tr><td><a href="${name}/report.html">${name}</a></td><td>${classesOf(rows)}</td>
<td>${cpuModel} (${cpus} CPUs)</td><td>${kernelsOf(run, rows)}</td><td>${revisionOf(run)}</td>
<td class="number">${measuredOf(rows)}</td><td class="number">${rows.length}</td>
<td><a href="${name}/results.csv">rows</a>, <a href="${name}/samples.csv.gz">samples</a>,
<a href="${name}/CITATION.cff">cite</a></td></tr>`;
})}</tbody></table></div>`;
}

function classesOf(rows: PublishedRun["rows"]): string {
  return [...new Set(rows.map((row) => row.class))].join(", ");
}

/** The machine's, and those of guests where a run is about them. */
function kernelsOf({ environment }: PublishedRun["run"], rows: PublishedRun["rows"]): string {
  const guests = rows.filter(({ place }) => place === "guest").map(({ kernel }) => kernel);
  const releases = [...new Set(guests)].filter((release) => release !== "");
  if (releases.length < 2) return environment.kernel;
  return `${environment.kernel}; guests: ${releases.join(", ")}`;
}

function measuredOf(rows: PublishedRun["rows"]): number {
  return rows.filter(({ status }) => status === "measured").length;
}

function revisionOf({ environment }: PublishedRun["run"]): string {
  return nameRevision(environment, 12);
}

/** Columns of a history: more runs than these are in the line only. */
const runsShownMax = 6;

function historySection(history: History): Html {
  const { host, label, unit, runs, cells } = history;
  const shown = runs.slice(-runsShownMax);
  return html`<section><h2>${host}: how cells developed</h2>
<p class="quiet"><span class="class">${label}</span> Medians in ${unit}, oldest left; the ratio is newest to oldest, above
1 slower. Between two runs lies what changed in the machine too: a ratio is a reason to look, and no proof.</p>
<div class="scroll" tabindex="0" role="region" aria-label="${host}, ${label}"><table><thead><tr>
<th scope="col">cell</th><th scope="col">over ${runs.length} runs</th>
${shown.map(({ run }) => html`<th scope="col" class="number">${run.startedAt.slice(0, 10)}</th>`)}
<th scope="col" class="number">ratio</th></tr></thead><tbody>
${cells.map((cell) => historyLine(cell))}</tbody></table></div></section>`;
}

function historyLine(history: CellHistory): Html {
  const { cell, medians } = history;
  const change = changeOf(history);
  return html`<tr><td>${cell}</td><td>${sparkline(history)}</td>
${medians.slice(-runsShownMax).map((median) => html`<td class="number">${median === null ? "–" : formatFigure(median)}</td>`)}
<td class="number">${change === null ? "" : change.toFixed(3)}</td></tr>`;
}

function sparkline({ cell, medians, first }: CellHistory): Html {
  const points = medians.flatMap((median, i) => (median === null ? [] : [{ i, median }]));
  const told = points.map(({ median }) => formatFigure(median)).join(", ");
  return drawFigure(
    { slug: "development", title: cell, description: `Medians in ${first.unit}: ${told}.` },
    {
      width: 120,
      height: 26,
      margin: 5,
      x: { axis: null, domain: [0, medians.length - 1] },
      y: { axis: null },
      marks: [
        Plot.line(points, { x: "i", y: "median", stroke: "var(--path-0)", strokeWidth: 1.5 }),
        Plot.dot(points.slice(-1), { x: "i", y: "median", fill: "var(--path-0)", r: 3 }),
      ],
    },
  ).inline;
}

function indexMarkdown(
  folder: string,
  runs: readonly PublishedRun[],
  searches: readonly PublishedSearches[],
): string {
  const heads = ["run", "class", "processor", "kernel", "revision", "measured", "of cells"];
  const lines = runs.map(({ name, run, rows }) => [
    name,
    classesOf(rows),
    `${run.environment.cpuModel} (${run.environment.cpus} CPUs)`,
    kernelsOf(run, rows),
    revisionOf(run),
    String(measuredOf(rows)),
    String(rows.length),
  ]);
  const links = runs.map(({ name }) => `- [${escapeMarkdown(name)}](${name}/README.md)\n`);
  return `# Published runs

${pictureOf(folder, runs)}Rebuilt by \`iopath publish\`; \`index.html\` beside this file also shows how cells developed.

${runs.length > 0 ? `${markdownTable(heads, lines, 5)}\n${links.join("")}` : "No run is published yet.\n"}${searchesMarkdown(searches)}`;
}

/**
 * Of the newest run that has several classes, as a run of the default matrix, else of the newest;
 * where its version drew one.
 */
function pictureOf(folder: string, runs: readonly PublishedRun[]): string {
  const newest = runs.find(({ rows }) => new Set(rows.map((row) => row.class)).size > 1) ?? runs[0];
  if (!newest || !existsSync(join(folder, newest.name, glanceFile))) return "";
  const { name } = newest;
  return `[![Each path against the reference of its place](${name}/${glanceFile})](${name}/README.md)\n\n`;
}
