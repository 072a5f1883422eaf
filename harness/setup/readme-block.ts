/**
 * The figures in the README, of a published run: one picture, some lines of what a terminal shows,
 * and one table per group. A test holds them equal to the run.
 */
import { testerOnly } from "../src/paths/loaders.ts";
import { markdownTable } from "../src/present/markdown-table.ts";
import { formatFigure, formatRatio } from "../src/present/number-format.ts";
import { formatTable } from "../src/present/terminal/table.ts";
import { standInsOf } from "../src/rows/derive.ts";
import {
  fallbackOf,
  type Group,
  groupRows,
  headlinePanels,
  type Panel,
} from "../src/rows/groups.ts";
import type { Row } from "../src/rows/row.ts";

/** What is needed of a published results.json. */
interface PublishedRun {
  readonly run: {
    readonly startedAt: string;
    readonly environment: {
      readonly cpuModel: string;
      readonly cpus: number;
      readonly kernel: string;
      readonly revision: string;
    };
  };
  readonly rows: readonly Row[];
}

/**
 * Blocks of the README that are written by this, between `<!-- name of FOLDER -->` and
 * `<!-- end of name -->`.
 */
const opening = (name: string) => new RegExp(`<!-- ${name}(?: of (\\S+))? -->`);
const closing = (name: string) => `<!-- end of ${name} -->`;

/** The folder that the README's figures say they are of; undefined when they name none. */
export function figuresFolder(readme: string): string | undefined {
  return opening("figures").exec(readme)?.[1];
}

/** @throws Error when the README has no place for one of the blocks */
export function replaceFigures(readme: string, folder: string, published: PublishedRun): string {
  const blocks = {
    picture: picture(folder, published),
    example: example(published),
    figures: figures(published),
  };
  return Object.entries(blocks).reduce(
    (text, [name, content]) => replaceBlock(text, name, { folder, content }),
    readme,
  );
}

function replaceBlock(
  readme: string,
  name: string,
  { folder, content }: { folder: string; content: string },
): string {
  const begin = opening(name).exec(readme);
  const end = readme.indexOf(closing(name));
  if (!begin || end < begin.index) {
    throw new Error(`the README has no "<!-- ${name} -->" followed by "${closing(name)}"`);
  }
  const block = `<!-- ${name} of ${folder} -->\n${content}${closing(name)}`;
  return readme.slice(0, begin.index) + block + readme.slice(end + closing(name).length);
}

/** It is its own link to the same with every variant. */
function picture(folder: string, { run: { environment, startedAt } }: PublishedRun): string {
  const alternative =
    "Each path against the reference of the same place, a block a class and place";
  return [
    `[![${alternative}](${folder}/glance.svg)](${folder}/overview.svg)\n`,
    `Measured on ${startedAt.slice(0, 10)} at revision ${environment.revision.slice(0, 12)} on ` +
      `${environment.cpuModel} (${environment.cpus} CPUs), Linux ${environment.kernel}:\n` +
      `[every variant](${folder}/overview.svg), [the page](${folder}/report.html), [the rows](${folder}/results.csv), ` +
      `[all files](${folder}/).\n`,
  ].join("\n");
}

/**
 * As a terminal shows them: the tester, and the first two variants of each of the first two paths.
 */
function example({ rows }: PublishedRun): string {
  const [group] = groupRows(rows);
  if (!group) return "";
  const [size] = headlinePanels(group).at(-1)!.sizes;
  const [heading, table] = formatTable(size!.rows).split("\n\n") as [string, string];
  const [title, head, ...lines] = table.split("\n");
  const byPath = [...Map.groupBy(size!.rows, ({ path }) => path).values()];
  const shown = new Set(byPath.slice(0, 3).flatMap((members) => members.slice(0, 2)));
  const chosen = lines.filter((_, i) => shown.has(size!.rows[i]!));
  return ["```", heading, "", title, head, ...chosen, "```\n"].join("\n");
}

function figures({ rows }: PublishedRun): string {
  const notes = standInsOf(rows).map((text) => `† ${text}\n`);
  return [...groupRows(rows).map(groupTable), ...notes].join("\n");
}

function groupTable(group: Group): string {
  const { first } = group;
  const panels = headlinePanels(group);
  const size = panels[0]!.sizes[0]!;
  const isTime = first.unit === "ns/frame";
  const rates = isTime ? ["kframes/s", "Mbit/s"] : [];
  const heads = panels.flatMap((panel) => {
    const names = ["p10", "p50", ...(panel === panels.at(-1) ? rates : []), "speed-up"];
    return names.map((name, i) => (i === 0 ? `window ${panel.window}: ${name}` : name));
  });
  const lines = panels
    .at(-1)!
    .sizes[0]!.rows.map((row) => [
      row.path,
      `${row.path === testerOnly ? "" : row.variant}${row.stand_in ? " †" : fallbackOf(row)}`,
      ...panels.flatMap((panel) => fieldsOf(panel, row, isTime && panel === panels.at(-1))),
    ]);
  return (
    `Class **${first.class}**, ${group.where}, ${first.unit}, frames of ${size.label}:\n\n` +
    markdownTable(["path", "variant", ...heads], lines, 2)
  );
}

function fieldsOf(panel: Panel, { path, variant }: Row, withRates: boolean): string[] {
  const row = panel.sizes[0]!.rows.find(
    (other) => other.path === path && other.variant === variant,
  );
  const rates = withRates ? ["", ""] : [];
  if (!row || row.p50 === null) return [row?.status ?? "", "", ...rates, ""];
  const low = row.p10 === null ? "" : formatFigure(row.p10);
  const speedUp = formatRatio(row.speedup_over_reference);
  return [low, formatFigure(row.p50), ...(withRates ? ratesOf(row.p50, row) : []), speedUp];
}

/** Thousands of frames per second, and the bits of whole frames (FCS included, no preamble). */
function ratesOf(nanoseconds: number, { frame_bytes: bytes }: Row): string[] {
  const kiloframes = 1e6 / nanoseconds;
  return [formatFigure(kiloframes), formatFigure((kiloframes * bytes * 8) / 1000)];
}
