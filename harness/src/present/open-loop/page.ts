/** The page of a run of searches: one file that asks for nothing from anywhere. */

import { notesOnCpus, notesOnRevision } from "../../environment/environment-notes.ts";
import type { OpenLoopRun } from "../../open-loop/report/json.ts";
import {
  cellKeyOf,
  type SearchedCell,
  searchedCells,
} from "../../open-loop/report/over-searches.ts";
import type { Figure } from "../figures/figure.ts";
import { type Html, html } from "../html.ts";
import { dateOf, environmentSection } from "../page/sections.ts";
import { wholePage } from "../page/shell.ts";
import { latencyFigure, percentileFigure } from "./latency-figures.ts";
import { ratesFigure } from "./rates-figure.ts";
import { searchFigures } from "./search-figures.ts";
import { shownTrials } from "./trials.ts";
import {
  cellTexts,
  hasLine,
  latencyHeads,
  latencyLegend,
  latencyTexts,
  overSearchesLegend,
  profileLegend,
  reasonText,
} from "./words.ts";

interface OpenLoopReport {
  readonly page: string;
  readonly figures: readonly Figure[];
}

export function openLoopReport(found: OpenLoopRun): OpenLoopReport {
  const { run, rows } = found;
  const cells = searchedCells(rows);
  const measured = cells.filter(({ first }) => first.status === "measured");
  const sizes = [...new Set(measured.map(({ first }) => first.frame_bytes))].sort((a, b) => a - b);
  const rates = sizes.flatMap((bytes) => {
    const own = measured.filter(({ first }) => first.frame_bytes === bytes);
    return ratesFigure(own, bytes) ?? [];
  });
  const sections = measured.map((cell) => cellSection(cell, found));
  const body = html`${header(run)}
<main>${notices(found)}
${ratesSection(measured, rates)}
${sections.map(({ markup }) => markup)}
${missingSection(cells)}
${environmentSection(run.environment)}
${filesSection}</main>`;
  return {
    page: wholePage({ title: `iopath ${run.runId}: how many frames per second`, body }),
    figures: [...rates, ...sections.flatMap(({ figures }) => figures)],
  };
}

function header({ runId, startedAt, environment }: OpenLoopRun["run"]): Html {
  const { iopath, revision, cpuModel, cpus, hypervisor, kernel, node } = environment;
  return html`<header><h1>How many frames per second, and how late</h1>
<p class="quiet">Measured ${dateOf(startedAt)} by iopath ${iopath}, revision
<code>${revision.slice(0, 12)}</code>, on ${cpuModel} (${cpus} CPUs${hypervisor ? ", a virtual machine" : ""}),
Linux ${kernel}, Node ${node}. Run ${runId}, open loop: frames come at a rate, whatever comes back.</p></header>`;
}

function notices({ run: { environment, notes }, rows }: OpenLoopRun): Html | undefined {
  const measured = rows.filter(({ status }) => status === "measured");
  const texts = [
    ...(measured.length === 0 ? ["No search of this run has a figure."] : []),
    ...notesOnRevision(environment),
    ...notesOnCpus(environment),
    ...notes,
  ];
  if (texts.length === 0) return undefined;
  return html`<div class="notice" role="note">${texts.map((text) => html`<p>${text}</p>`)}</div>`;
}

function ratesSection(measured: readonly SearchedCell[], figures: readonly Figure[]) {
  if (measured.length === 0) return undefined;
  const rows = measured.flatMap((cell) => cell.rows);
  return html`<section><h2 id="rates">Rates</h2>
<p class="lead">${profileLegend(rows).replaceAll("`", "")}</p>
${figures.map((figure) => drawn(figure))}
<p class="quiet">Hollow: NDR; full: PDR; line: from the lowest lower to the highest upper bound of the searches. ≥: the
generator's limit, the device's is above, and the line goes on.</p>
${ratesTable(measured)}<p class="quiet">${overSearchesLegend}</p></section>`;
}

function drawn(figure: Figure, wide = true): Html {
  return html`<figure class="${wide ? "wide" : ""}">${figure.inline}
<figcaption><a href="${figure.file}">SVG</a></figcaption></figure>`;
}

function ratesTable(measured: readonly SearchedCell[]): Html {
  const ofGoal = (goal: string) => [`${goal} Mpps`, "from", "to", "spread"];
  const onLine = hasLine(measured.flatMap(({ rows }) => rows));
  const line = onLine ? ["of line rate"] : [];
  const bitHeads = ["Gbit/s L1", "L2", ...line];
  const heads = ["searches", ...ofGoal("NDR"), ...ofGoal("PDR"), ...bitHeads, "CPU ns/frame"];
  const lines = measured.map((cell) => {
    const { name } = cell;
    return [html`<a href="#${slugOf(name)}">${name}</a>`, cellTexts(cell, onLine)] as const;
  });
  return table("Rates", ["cell"], heads, lines);
}

function table(
  label: string,
  texts: readonly string[],
  numbers: readonly string[],
  lines: readonly (readonly [Html, readonly string[]])[],
): Html {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table><thead><tr>
${texts.map((head) => html`<th scope="col">${head}</th>`)}
${numbers.map((head) => html`<th scope="col" class="number">${head}</th>`)}</tr></thead><tbody>
${lines.map(
  ([name, values]) =>
    html`<tr><td>${name}</td>${values.map((value) => html`<td class="number">${value}</td>`)}</tr>`,
)}</tbody></table></div>`;
}

/** "xdp/af-xdp/64B" → "xdp-af-xdp-64b" */
function slugOf(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
}

/** One variant at one size: its last search, and its latencies. */
function cellSection({ name, first, rows }: SearchedCell, { trials, latencies }: OpenLoopRun) {
  const key = cellKeyOf(first);
  const row = rows.at(-1)!;
  const slug = slugOf(name);
  const shown = shownTrials(trials.filter((trial) => cellKeyOf(trial) === key));
  const own = latencies
    .filter((latency) => cellKeyOf(latency) === key)
    .toSorted((a, b) => a.load_fps - b.load_fps);
  const ofSearch = shown.length === 0 ? [] : searchFigures({ name, slug, row, trials: shown });
  const ofLatency =
    own.length === 0
      ? []
      : [latencyFigure, percentileFigure].map((draw) => draw({ name, slug, rows: own }));
  const which = rows.length > 1 ? ` Search ${row.search} of ${rows.length}.` : "";
  const markup = html`<section><h2 id="${slug}">${name}</h2>
<p class="lead">${row.bound}</p>
<p class="quiet">${row.placement}.${which} ${row.trials} trials count, ${row.trials_invalid} do not.</p>
<div class="figures">${ofSearch.map((figure) => captioned(figure))}</div>
<p class="quiet">Full: nothing lost; hollow: 0.5 % or less; cross: more; small cross: the trial does not count. Dashed: what is
forwarded where nothing is lost.</p>
${own.length > 0 ? latencyParts(own, ofLatency) : undefined}</section>`;
  return { markup, figures: [...ofSearch, ...ofLatency] };
}

function captioned(figure: Figure): Html {
  const [title] = figure.title.split(",");
  return html`<figure><h3>${title}</h3>${figure.inline}
<figcaption><a href="${figure.file}">SVG</a>, <a href="open-loop-trials.csv">trials</a></figcaption></figure>`;
}

function latencyParts(rows: OpenLoopRun["latencies"], figures: readonly Figure[]): Html {
  const [unit, _load, ...heads] = latencyHeads;
  const lines = rows.map((row) => {
    const [load, ...values] = latencyTexts(row);
    return [html`${load}`, values] as const;
  });
  return html`<div class="figures">${figures.map((figure) => captioned(figure))}</div>
<p class="quiet">Hollow: more than half of it can be the machine's own. Dashed: the machine's floor, how long a CPU is taken away
from whoever wants it, without traffic.</p>
${table("Latencies in microseconds", [unit], heads, lines)}<p class="quiet">${latencyLegend}</p>`;
}

function missingSection(cells: readonly SearchedCell[]): Html | undefined {
  const missing = cells.filter(({ first }) => first.status !== "measured");
  if (missing.length === 0) return undefined;
  return html`<section><h2>Not measured</h2><div class="scroll" tabindex="0" role="region"
aria-label="Cells that were not measured"><table><thead><tr><th scope="col">cell</th>
<th scope="col">status</th><th scope="col">why</th></tr></thead><tbody>
${missing.map(
  ({ name, first }) =>
    html`<tr><td>${name}</td><td>${first.status}</td><td class="wrap">${reasonText(first)}</td></tr>`,
)}</tbody></table></div></section>`;
}

const filesSection = html`<section><h2>Files</h2>
<p>Rows: <a href="open-loop.csv">open-loop.csv</a>, latencies: <a href="open-loop-latency.csv">open-loop-latency.csv</a>,
each trial: <a href="open-loop-trials.csv">open-loop-trials.csv</a>, all of it: <a href="open-loop.json">open-loop.json</a>.</p></section>`;
