/** The page: one file that asks for nothing from anywhere, put together from its parts. */
import type { Journal } from "../journal.ts";
import type { Row } from "../row.ts";
import type { Figure } from "./figure.ts";
import { groupSection } from "./group-section.ts";
import { groupRows } from "./groups.ts";
import { type Html, html } from "./html.ts";
import { type Block, overviewBlock } from "./overview-figure.ts";
import { overviewPicture } from "./picture.ts";
import { readAsFound } from "./rows-as-found.ts";
import { collectSamples } from "./samples.ts";
import { scalingSection } from "./scaling-section.ts";
import { environmentSection, header, missingSection, rowsSection } from "./sections.ts";
import { wholePage } from "./shell.ts";

export interface Report {
  readonly page: string;
  readonly figures: readonly Figure[];
}

export interface ReportOptions {
  /** A published run has its samples compressed, and no journal. */
  readonly published?: boolean;
}

/** Rows may be of another version, or hold what is no figure: the page says so and shows the others. */
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
  const sections = groups.map((group) => groupSection(group, samples));
  const picture = overviewPicture(journal.run, blocks);
  const body = html`${header(journal.run, groups, found.remarks)}
<main>${overviewSection(blocks, picture)}${sections.map(({ markup }) => markup)}
${scalingSection(rows)}
${missingSection(rows)}
${environmentSection(journal.run.environment)}
${rowsSection(found, published ? "samples.csv.gz" : "journal.jsonl")}</main>`;
  return {
    page: wholePage({
      title: `iopath ${journal.run.runId}: what one forwarded frame costs`,
      body,
      script: "page.js",
    }),
    figures: [...(picture ? [picture] : []), ...sections.flatMap(({ figures }) => figures)],
  };
}

function overviewSection(blocks: readonly Block[], picture: Figure | undefined): Html | undefined {
  if (!picture) return undefined;
  return html`<section><h2 id="overview">All paths side by side</h2>
<p class="quiet">The median cost of a frame with few frames on the way at once (outline) and with many (full), on a
logarithmic scale: further left is cheaper. Dashed: the reference of the block, kernel-sockets packet-mmsg; speed-up:
its median divided by the path's, with many frames on the way. Each block has a scale and a reference of its own.</p>
<div class="figures overview">${blocks.map(
    ({
      group,
      figure,
      scope,
      filter,
    }) => html`<figure><h3><span class="class">${group.first.class}</span>
${[group.first.place, group.first.machine].filter(Boolean).join(" ")}, ${group.first.unit}</h3>
<p class="quiet">${scope}</p>${figure.inline}
<figcaption><a href="#rows" data-filter="${filter}">Its rows</a>, <a href="#${group.slug}">more of it</a>,
<a href="${picture.file}">SVG</a>, <a href="results.csv">CSV</a></figcaption></figure>`,
  )}</div></section>`;
}
