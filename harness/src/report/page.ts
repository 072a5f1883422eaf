/** The page: one file that asks for nothing from anywhere, put together from its parts. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Journal } from "../journal.ts";
import type { Row } from "../row.ts";
import { costFigure, sizesShownMax } from "./cost-figure.ts";
import { distributionFigure } from "./distribution-figure.ts";
import { colorProperties, type Figure } from "./figure.ts";
import { formatFigure, formatRatio, type Group, groupRows, nameOf, type Panel } from "./groups.ts";
import { Html, html } from "./html.ts";
import { collectSamples, type SamplesByCell } from "./samples.ts";
import { environmentSection, header, missingSection, rowsSection } from "./sections.ts";

/** Of one run; beyond these a page is no overview any more. What is left out is said. */
const panelsShownMax = 8;
const distributionsShownMax = 12;

export interface Report {
  readonly page: string;
  readonly figures: readonly Figure[];
}

export function buildReport(
  journal: Pick<Journal, "events" | "run">,
  rows: readonly Row[],
): Report {
  const groups = groupRows(rows);
  const samples = collectSamples(journal);
  const sections = groups.map((group) => groupSection(group, samples));
  const body = html`${header(journal.run, groups)}
<main>${sections.map(({ markup }) => markup)}
${missingSection(rows)}
${environmentSection(journal.run.environment)}
${rowsSection(rows)}</main>`;
  return {
    page: wholePage(journal.run.runId, body),
    figures: sections.flatMap(({ figures }) => figures),
  };
}

function groupSection(group: Group, samples: SamplesByCell) {
  const panels = group.panels.slice(0, panelsShownMax);
  const costs = panels.map((panel) => ({ panel, figure: costFigure(panel) }));
  const spreads = panels
    .flatMap((panel) => panel.sizes.map((size) => ({ panel, size })))
    .slice(0, distributionsShownMax)
    .flatMap(({ panel, size }) => {
      const figure = distributionFigure(panel, size, samples);
      return figure ? [{ panel, size, figure }] : [];
    });
  const badge = html`<span class="class">${group.label}</span>`;
  const markup = html`<section><h2>Cost of a frame</h2>
<p class="quiet">${badge} Mark: median of all samples. Bar: from p10 to p90. Dashed line: the reference,
kernel-sockets packet-mmsg. Speed-up: its median divided by the cell's. The tester is part of every figure. A window is how many frames are on the way at once.</p>
<div class="figures">${costs.map(({ panel, figure }) => costMarkup(panel, figure))}</div>
${leftOut(group, panels)}</section>
${
  spreads.length > 0
    ? html`<section><h2>Spread of the samples</h2>
<p class="quiet">${badge} One sample is one window. Height: square root of the share of samples, so that rare
slow ones stay in sight; mark: median; upright line: p99. Beyond the right edge lies less than one sample in a
hundred of each cell.</p>
<div class="figures">${spreads.map(({ panel, size, figure }) =>
        figureMarkup(figure, html`${size.frameBytes}-byte frames, ${panel.label}`, {
          kind: group.first.class,
          filter: `${panel.filter} frame_bytes=${size.frameBytes}`,
        }),
      )}</div></section>`
    : undefined
}`;
  return { markup, figures: [...costs, ...spreads].map(({ figure }) => figure) };
}

function leftOut(group: Group, panels: readonly Panel[]): Html | undefined {
  const sizesCut = panels.some(({ sizes }) => sizes.length > sizesShownMax);
  if (panels.length === group.panels.length && !sizesCut) return undefined;
  return html`<p class="quiet">Drawn are the first ${panelsShownMax} of ${group.panels.length} windows
and at most ${sizesShownMax} frame sizes; the <a href="#rows">table</a> has all.</p>`;
}

function figureMarkup(
  figure: Figure,
  title: Html,
  { kind, filter, table }: { kind: string; filter: string; table?: Html },
): Html {
  return html`<figure><h3>${title}</h3>${figure.inline}${table}
<figcaption><span class="class">${kind}</span> <a href="#rows" data-filter="${filter}">Its rows</a>,
<a href="${figure.file}">SVG</a>, <a href="results.csv">CSV</a></figcaption></figure>`;
}

function costMarkup(panel: Panel, figure: Figure): Html {
  const title = html`${panel.label[0]!.toUpperCase()}${panel.label.slice(1)}`;
  return figureMarkup(figure, title, {
    kind: panel.group.first.class,
    filter: panel.filter,
    table: quantileTable(panel),
  });
}

const quantiles = ["p10", "p50", "p90", "p99"] as const;

function quantileTable({ sizes, group }: Panel): Html {
  const rows = sizes.flatMap((size) => size.rows);
  if (rows.length > 100) return html`<p class="quiet">${rows.length} cells: see the rows.</p>`;
  const lines = rows.map(
    (row) => html`<tr><td><a href="#rows" data-filter="cell=${row.cell}">${nameOf(row)}</a></td>
<td class="number">${row.frame_bytes}</td>${quantiles.map(
      (name) => html`<td class="number">${row[name] === null ? "–" : formatFigure(row[name])}</td>`,
    )}<td class="number">${formatRatio(row.speedup_over_reference)}</td></tr>`,
  );
  const heads = ["bytes", ...quantiles, "speed-up"];
  return html`<details><summary>Figures in ${group.first.unit}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Figures as a table"><table><thead><tr>
<th scope="col">path</th>${heads.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${lines}</tbody></table></div></details>`;
}

const asset = (name: string) => readFileSync(resolve(import.meta.dirname, name), "utf8");

/** The policy lets the browser run this one script and ask for nothing. */
function wholePage(runId: string, body: Html): string {
  const script = asset("page.js");
  const digest = createHash("sha256").update(script).digest("base64");
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${digest}'`;
  const style =
    `:root{${colorProperties("light")}}` +
    `@media screen and (prefers-color-scheme:dark){:root{${colorProperties("dark")}}}\n` +
    asset("page.css");
  return `<!doctype html>
${
  html`<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>iopath ${runId}: what one forwarded frame costs</title>
<style>${new Html(style)}</style></head>
<body>
${body}
<script type="module">${new Html(script)}</script></body></html>`.text
}
`;
}
