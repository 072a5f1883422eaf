/**
 * The figures of one group: costs, knobs, CPU, instructions, spreads; each with a way to its rows.
 */

import { testerOnly } from "../../paths/loaders.ts";
import type { ProfiledCosts } from "../../profile/of-run.ts";
import { type Group, nameOf, type Panel, type Size } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import type { SamplesByCell } from "../../rows/samples.ts";
import { formatHalfWidth, ranksOf, rankText } from "../../rows/standing.ts";
import { costFigure } from "../figures/cost-figure.ts";
import { distributionFigure } from "../figures/distribution-figure.ts";
import { effortFigure } from "../figures/effort-figure.ts";
import type { Figure } from "../figures/figure.ts";
import { instructionsFigure } from "../figures/instructions-figure.ts";
import { kindsFigure } from "../figures/kinds-figure.ts";
import { seriesFigures, seriesOf } from "../figures/series-figure.ts";
import { type Html, html } from "../html.ts";
import { formatFigure, formatRatio } from "../number-format.ts";
import { profilesTable } from "./profiles-table.ts";

/** Of one group: with more, a page is no overview. A line says what is left out. */
const panelsShownMax = 8;
const foldedShownMax = 12;
const tableLinesMax = 100;

/** Markup, and the figures in it that become files. */
interface Part {
  readonly markup: Html | undefined;
  readonly figures: readonly Figure[];
}

export function groupSection(group: Group, samples: SamplesByCell, profiles: ProfiledCosts): Part {
  const parts = [
    costs(group),
    ...seriesOf(group).map((series) => knob(group, series)),
    effort(group),
    instructions(group, profiles),
    spreads(group, samples),
  ];
  const { class: kind, unit, kernel } = group.first;
  const markup = html`<section><h2 id="${group.slug}"><span class="class">${kind}</span>
${capitalized(group.where)}, ${unit}</h2>
<p class="quiet">Linux ${kernel}. ${[...new Set(group.rows.map((row) => row.stand_in))]
    .filter(Boolean)
    .map((text) => `† ${text}. `)}</p>
${parts.map((part) => part.markup)}</section>`;
  return { markup, figures: parts.flatMap(({ figures }) => figures) };
}

/**
 * Panels as the first in all but their window, of the smallest size: in sight. Others are folded.
 */
function isPlain({ panel, first }: Drawn, group: Group): boolean {
  return first && panel.others === group.panels[0]!.others;
}

interface Drawn {
  readonly panel: Panel;
  readonly size: Size;
  /** Whether it is the smallest size. */
  readonly first: boolean;
}

function drawable({ panels }: Group): Drawn[] {
  return panels.flatMap((panel) => panel.sizes.map((size, i) => ({ panel, size, first: i === 0 })));
}

function costs(group: Group): Part {
  const all = drawable(group);
  const plain = all.filter((one) => isPlain(one, group));
  const others = all.filter((one) => !isPlain(one, group));
  const shown = plain.slice(0, panelsShownMax).map(drawCost);
  const folded = others.slice(0, foldedShownMax).map(drawCost);
  const more = html`<details class="fold"><summary>${folded.length} more: other sizes and the like</summary>
<div class="figures">${folded.map(({ markup }) => markup)}</div></details>`;
  const cut = all.length - shown.length - folded.length;
  const markup = html`<h3>Cost per frame</h3>
<p class="quiet">Mark: median of all samples; bar: from p10 to p90; thin line with ends: 95 % interval of the
median, where it is wider than the mark; dashed: the reference. Where a cell costs over 20 times another, on a logarithmic
axis. The tester, which
${testerOnly} has alone, is part of every figure.</p>
<div class="figures">${shown.map((part) => part.markup)}</div>
${folded.length > 0 ? more : undefined}${cut > 0 ? leftOut(cut) : undefined}`;
  return { markup, figures: [...shown, ...folded].flatMap(({ figures }) => figures) };
}

function leftOut(cut: number): Html {
  return html`<p class="quiet">${cut} more windows and sizes are not drawn; the <a href="#rows">table</a> has all.</p>`;
}

function drawCost({ panel, size }: Drawn): Part {
  const figure = costFigure(panel, size);
  const title = html`${windowInWords(panel)}, ${size.label}`;
  const filter = `${panel.filter} ${size.filter}`;
  return figurePart(figure, title, panel.group, filter, quantileTable(panel.group, size.rows));
}

function windowInWords({ window, label }: Panel): string {
  const rest = label.replace(/^window \d+/, "");
  return window === 1 ? `One frame at a time${rest}` : `${window} frames on the way${rest}`;
}

function knob(group: Group, series: ReturnType<typeof seriesOf>[number]): Part {
  const drawn = seriesFigures(group, series);
  const markup = html`<h3>By ${series.knob.label}</h3>
<p class="quiet">${group.first.unit}${series.fixed && `; ${series.fixed}`}. Line: median; bar: from p10 to p90.</p>
<div class="figures small">${drawn.map(
    ({ path, figure }) =>
      figurePart(figure, html`${path}`, group, `${series.filter} path=${path}`).markup,
  )}</div>`;
  return { markup, figures: drawn.map(({ figure }) => figure) };
}

/** One figure per plain panel, of those that can be drawn. */
function perPanel(
  group: Group,
  draw: (rows: readonly Row[], slug: string) => Figure | undefined,
  below: (rows: readonly Row[]) => Html | undefined = () => undefined,
): Part {
  const plain = drawable(group).filter((one) => isPlain(one, group));
  const drawn = plain.slice(0, panelsShownMax).flatMap(({ panel, size }) => {
    const figure = draw(size.rows, panel.slug);
    const title = html`${windowInWords(panel)}, ${size.label}`;
    const filter = `${panel.filter} ${size.filter}`;
    return figure ? [figurePart(figure, title, group, filter, below(size.rows))] : [];
  });
  const markup = html`<div class="figures">${drawn.map((part) => part.markup)}</div>`;
  return {
    markup: drawn.length > 0 ? markup : undefined,
    figures: drawn.flatMap(({ figures }) => figures),
  };
}

/** Only where time is counted: a guest that counts instructions has no CPU time. */
function effort(group: Group): Part {
  if (group.first.clock !== "wall") return { markup: undefined, figures: [] };
  const { markup, figures } = perPanel(group, (rows, slug) => effortFigure(group, rows, slug));
  const text = html`<h3>CPU time and system calls</h3>
<p class="quiet">Nanoseconds of CPU time per frame: in user space (full), in the kernel (outline), tester included, as the
kernel accounts them. Calls: system calls of the forwarder per frame; a dash where none are counted.</p>${markup}`;
  return { markup: markup && text, figures };
}

/** What was profiled as groups of its profiles, the rest as differences of cells. */
function instructions(group: Group, profiles: ProfiledCosts): Part {
  const measured = profiledInstructions(group, profiles);
  const others = differences(group, profiles);
  const text = html`<h3>Where a frame's instructions go</h3>
${measured.markup}${others.markup}`;
  return {
    markup: (measured.markup || others.markup) && text,
    figures: [...measured.figures, ...others.figures],
  };
}

function profiledInstructions(group: Group, profiles: ProfiledCosts): Part {
  const part = perPanel(
    group,
    (rows, slug) => kindsFigure(group, rows, slug, profiles),
    (rows) => profilesTable(rows, profiles),
  );
  const text = html`<p class="quiet">Every instruction of a window, counted by the function that executed it: tester,
path and kernel together. The parts add up to the cell's median.</p>${part.markup}`;
  return { markup: part.markup && text, figures: part.figures };
}

function differences(group: Group, profiles: ProfiledCosts): Part {
  const part = perPanel(group, (rows, slug) => {
    const isTester = ({ path }: Row) => path === testerOnly;
    const left = rows.filter((row) => isTester(row) || !profiles.has(row.cell));
    const profiled = rows.some((row) => profiles.has(row.cell));
    return instructionsFigure(group, left, profiled ? `${slug}-rest` : slug);
  });
  const text = html`<p class="quiet">Outline: the tester alone, which ${testerOnly} has. Full: what the path adds to it, kernel and
ports included, as the difference of two cells. Of ref.: that, as a part of what the reference adds.</p>${part.markup}`;
  return { markup: part.markup && text, figures: part.figures };
}

function spreads(group: Group, samples: SamplesByCell): Part {
  const all = drawable(group).map((one) => ({ ...one, plain: isPlain(one, group) }));
  const drawn = all
    .toSorted((a, b) => Number(b.plain) - Number(a.plain))
    .slice(0, foldedShownMax)
    .flatMap(({ panel, size, plain }) => {
      const figure = distributionFigure(panel, size, samples);
      if (!figure) return [];
      const title = html`${windowInWords(panel)}, ${size.label}`;
      return [{ plain, ...figurePart(figure, title, group, `${panel.filter} ${size.filter}`) }];
    });
  if (drawn.length === 0) return { markup: undefined, figures: [] };
  const folded = drawn.filter(({ plain }) => !plain);
  const more = html`<details class="fold"><summary>${folded.length} more: other sizes and the like</summary>
<div class="figures">${folded.map((part) => part.markup)}</div></details>`;
  const markup = html`<h3>Spread of the samples</h3>
<p class="quiet">One sample is one window. Height: square root of the share of samples, so that rare slow ones stay in
sight; mark: median; upright line: p99. Beyond the right edge lies less than one sample in a hundred of each cell.</p>
<div class="figures">${drawn.filter(({ plain }) => plain).map((part) => part.markup)}</div>
${folded.length > 0 ? more : undefined}`;
  return { markup, figures: drawn.flatMap(({ figures }) => figures) };
}

function figurePart(figure: Figure, title: Html, group: Group, filter: string, table?: Html): Part {
  const markup = html`<figure><h4>${title}</h4>${figure.inline}${table}
<figcaption><span class="class">${group.first.class}</span> <a href="#rows" data-filter="${filter}">Its rows</a>,
<a href="${figure.file}">SVG</a>, <a href="results.csv">CSV</a></figcaption></figure>`;
  return { markup, figures: [figure] };
}

const quantiles = ["p10", "p50", "p90", "p99"] as const;

function quantileTable(group: Group, rows: readonly Row[]): Html {
  if (rows.length > tableLinesMax)
    return html`<p class="quiet">${rows.length} cells: see the rows.</p>`;
  const ranks = ranksOf(rows);
  const lines = rows.map(
    (row) =>
      html`<tr><td><a href="#rows" data-filter="cell=${row.cell}">${nameOf(row)}</a></td>${quantiles.map(
        (name) =>
          html`<td class="number">${row[name] === null ? "–" : formatFigure(row[name])}</td>`,
      )}<td class="number">${formatRatio(row.speedup_over_reference)}</td>
<td class="number">${formatHalfWidth(row)}</td><td class="number">${rankText(ranks, row)}</td></tr>`,
  );
  const heads = [...quantiles, "speed-up", "±", "rank"];
  return html`<details><summary>As a table, ${group.first.unit}</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Figures as a table"><table><thead><tr>
<th scope="col">path</th>${heads.map((name) => html`<th scope="col" class="number">${name}</th>`)}</tr></thead>
<tbody>${lines}</tbody></table></div></details>`;
}

function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
