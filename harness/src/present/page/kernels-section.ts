/** The part of the page that says what each kernel of a run's guests costs a frame. */
import { testerOnly } from "../../paths/loaders.ts";
import type { Group } from "../../rows/groups.ts";
import {
  type KernelLine,
  type KernelSet,
  kernelSets,
  lessTester,
  testerShares,
} from "../../rows/kernel-sets.ts";
import type { Figure } from "../figures/figure.ts";
import { kernelFigure, kernelFigureLessTester, shortNames } from "../figures/kernel-figure.ts";
import { type Html, html } from "../html.ts";
import { formatFigure, formatPercent } from "../number-format.ts";

/** With more, a page is no overview; the rows have all. */
const setsShownMax = 4;

interface Part {
  readonly markup: Html | undefined;
  readonly figures: readonly Figure[];
}

/** Nothing where all guests booted one kernel. */
export function kernelsSection(groups: readonly Group[]): Part {
  const sets = kernelSets(groups).slice(0, setsShownMax);
  if (sets.length === 0) return { markup: undefined, figures: [] };
  const parts = sets.map(setPart);
  const markup = html`<section><h2 id="kernels">By kernel</h2>
<p class="quiet">The same cells on each kernel, in the order of the run. The tester runs on that kernel too, and is part of every figure: the second figure has
what a path adds to it, where its frames come from that tester. Figures of two kernels are no race of paths: a rank is among those of one kernel.</p>${parts.map(
    (part) => part.markup,
  )}</section>`;
  return { markup, figures: parts.flatMap(({ figures }) => figures) };
}

function setPart(set: KernelSet): Part {
  const less = kernelFigureLessTester(set);
  const figures = [kernelFigure(set), ...(less ? [less] : [])];
  const titles = ["As measured", "Less the tester"];
  const markup = html`<h3>${set.label}</h3>
<div class="figures">${figures.map(
    (figure, i) => html`<figure><h4>${titles[i]}</h4>${figure.inline}
<figcaption><span class="class">emulated</span> <a href="#rows" data-filter="${set.filter}">Its rows</a>,
<a href="${figure.file}">SVG</a>, <a href="results.csv">CSV</a></figcaption></figure>`,
  )}</div>
${tableOf(set)}`;
  return { markup, figures };
}

/** Each kernel against the first that has the cell; below, what is left without the tester. */
function tableOf(set: KernelSet): Html {
  const names = shortNames(set.kernels);
  const heads = set.kernels.map(
    ({ release }, i) => html`<th scope="col" class="number" title="${release}">${names[i]}</th>`,
  );
  const lines = set.lines.flatMap((line) => [
    lineOf(
      line.name,
      line.rows.map((row) => row?.p50 ?? undefined),
    ),
    ...lessLine(set, line),
  ]);
  return html`<details open><summary>As a table, ${set.unit}; the change is against the first kernel</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Cost by kernel, ${set.label}"><table><thead><tr>
<th scope="col">path</th>${heads}</tr></thead><tbody>${lines}</tbody></table></div></details>`;
}

function lessLine(set: KernelSet, line: KernelLine): Html[] {
  const less = lessTester(set, line);
  const isOwn = line.path !== testerOnly && less.some((cost) => cost !== undefined);
  if (!isOwn) return [];
  const shares = testerShares(set, line).map(
    (share) => html`<td class="number">${share === undefined ? "–" : formatPercent(share)}</td>`,
  );
  return [
    lineOf("less the tester", less, "quiet"),
    html`<tr class="quiet"><td>the tester’s share</td>${shares}</tr>`,
  ];
}

function lineOf(name: string, costs: readonly (number | undefined)[], look = ""): Html {
  const first = costs.find((cost) => cost !== undefined);
  const at = costs.indexOf(first);
  return html`<tr class="${look}"><td>${name}</td>${costs.map((cost, i) => {
    if (cost === undefined) return html`<td class="number">–</td>`;
    const change = i > at ? ` (${formatPercent(cost / first! - 1, true)})` : "";
    return html`<td class="number">${formatFigure(cost)}${change}</td>`;
  })}</tr>`;
}
