/** The page: one file that asks for nothing from anywhere, put together from its parts. */

import { readAsFound } from "../../files/rows-as-found.ts";
import type { Journal } from "../../journal/journal.ts";
import { sumOfSpent } from "../../journal/spent.ts";
import { referenceName } from "../../paths/loaders.ts";
import { profilesOfRun } from "../../profile/of-run.ts";
import { groupRows } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { collectSamples } from "../../rows/samples.ts";
import type { Figure } from "../figures/figure.ts";
import { glanceBlock, glanceFile } from "../figures/glance-figure.ts";
import { kindsBlock, whyFile } from "../figures/kinds-figure.ts";
import { overviewBlock } from "../figures/overview-figure.ts";
import { type Block, picture } from "../figures/picture.ts";
import { type Html, html } from "../html.ts";
import { spentText } from "../spent-text.ts";
import { groupSection } from "./group-section.ts";
import { kernelsSection } from "./kernels-section.ts";
import { rowsSection } from "./rows-section.ts";
import { scalingSection } from "./scaling-section.ts";
import { environmentSection, header, missingSection, scopeSection } from "./sections.ts";
import { wholePage } from "./shell.ts";

interface Report {
  readonly page: string;
  readonly figures: readonly Figure[];
}

export interface ReportOptions {
  /** A published run has its samples compressed, and no journal. */
  readonly published?: boolean;
}

/**
 * Rows may be of another version, or hold what is no figure: the page says so and shows the others.
 */
export function buildReport(
  journal: Pick<Journal, "events" | "run">,
  given: readonly Row[],
  { published = false }: ReportOptions = {},
): Report {
  const found = readAsFound(given);
  const { rows } = found;
  const groups = groupRows(rows);
  const samples = collectSamples(journal);
  const blocks = groups.map(overviewBlock);
  const profiles = profilesOfRun(journal);
  const kernels = kernelsSection(groups);
  const sections = groups.map((group) => groupSection(group, samples, profiles));
  const glances = groups.flatMap((group) => glanceBlock(group) ?? []);
  const whyBlocks = groups.flatMap((group) => kindsBlock(group, profiles) ?? []);
  const pictures = [
    picture(journal.run, glances, glanceFrame),
    picture(journal.run, blocks, overviewFrame),
    picture(journal.run, whyBlocks, whyFrame),
  ].filter((one) => one !== undefined);
  const body = html`${header(journal.run, groups)}
<main>${glanceSection(glances)}
${scopeSection(journal.run, groups, found.remarks)}
${overviewSection(blocks)}${kernels.markup}${sections.map(({ markup }) => markup)}
${scalingSection(rows)}
${missingSection(rows)}
${environmentSection(journal.run.environment, spentOn(journal))}
${rowsSection(found, published ? "samples.csv.gz" : "journal.jsonl")}</main>`;
  return {
    page: wholePage({
      title: `iopath ${journal.run.runId}: what one forwarded frame costs`,
      body,
      script: "page.js",
    }),
    figures: [...pictures, ...kernels.figures, ...sections.flatMap(({ figures }) => figures)],
  };
}

/** What the time went into, in words; empty for a run of an older version. */
function spentOn({ events }: Pick<Journal, "events">): string {
  const spent = sumOfSpent(events.filter((event) => event.event === "spent"));
  return spent ? spentText(spent) : "";
}

const glanceFrame = {
  file: glanceFile,
  title: "What one forwarded frame costs",
  notes: [
    `Median cost on the reference of the same place (${referenceName}, dashed), divided by that on each path: right of 1× is cheaper.`,
    "Large mark: the path's cheapest variant, with its ratio and cost. Each place has a scale of its own; figures of two classes are no race.",
  ],
  columnsMax: 3,
} as const;

const overviewFrame = {
  file: "overview.svg",
  title: "What one forwarded frame costs, by variant",
  notes: [],
  columnsMax: 2,
} as const;

const whyFrame = {
  file: whyFile,
  title: "Where a frame's instructions go",
  notes: [
    "Every instruction of a window, counted by the function that executed it, tester, path and kernel together; the parts of a bar add up to the cell's median.",
  ],
  columnsMax: 2,
} as const;

function glanceSection(blocks: readonly Block[]): Html | undefined {
  if (blocks.length === 0) return undefined;
  return html`<section class="glance"><h2 id="glance">At a glance</h2>
<div class="figures small">${blocks.map(
    ({
      group,
      figure,
      scope,
      filter,
    }) => html`<figure><h3><span class="class">${group.first.class}</span>
${group.where}</h3><p class="quiet">${scope}</p>${figure.inline}
<figcaption><a href="#rows" data-filter="${filter}">Its rows</a>, <a href="${glanceFrame.file}">SVG</a></figcaption></figure>`,
  )}</div>
<p class="quiet">The cost per frame on the reference of the same place (${referenceName}, dashed), divided by
its cost on each path: right of 1× is cheaper. Large mark: the path's cheapest variant, named with its ratio and median
cost; thin line with ends: its 95 % interval, where it is wider than the mark; small marks: its others, without those that cross no device (†) where there are such that do. Each place has a scale
of its own.</p></section>`;
}

function overviewSection(blocks: readonly Block[]): Html | undefined {
  if (blocks.length === 0) return undefined;
  return html`<section><h2 id="overview">All paths side by side</h2>
<p class="quiet">The median cost per frame with few frames on the way at once (outline) and with many (full), on a
logarithmic scale: further left is cheaper. Dashed: the reference of the block, ${referenceName}; speed-up:
its median divided by the path's, with many frames on the way. Each block has a scale and a reference of its own.</p>
<div class="figures overview">${blocks.map(
    ({
      group,
      figure,
      scope,
      filter,
    }) => html`<figure><h3><span class="class">${group.first.class}</span>
${group.where}, ${group.first.unit}</h3>
<p class="quiet">${scope}</p>${figure.inline}
<figcaption><a href="#rows" data-filter="${filter}">Its rows</a>, <a href="#${group.slug}">more of it</a>,
<a href="${overviewFrame.file}">SVG</a>, <a href="results.csv">CSV</a></figcaption></figure>`,
  )}</div></section>`;
}
