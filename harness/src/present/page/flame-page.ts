/** The page of a profile: a flame graph to search and zoom, groups and functions below it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type CallNode, callTreeOf } from "../../profile/call-tree.ts";
import { differenceOf } from "../../profile/difference.ts";
import { functionCosts } from "../../profile/functions.ts";
import { groupCosts } from "../../profile/groups.ts";
import {
  type Frame,
  missOf,
  namelessOf,
  type Profile,
  spaceOf,
  spaces,
  totalOf,
} from "../../profile/profile.ts";
import { describeTiers } from "../../profile/tiers.ts";
import { spaceColors, spaceNames } from "../figures/flame-figure.ts";
import { type Html, html, scriptJson } from "../html.ts";
import { formatPercent } from "../number-format.ts";
import { wholePage } from "./shell.ts";

/** In the order in which each needs those before it; all that d3-flame-graph asks for. */
const d3Parts = [
  ...["color", "dispatch", "ease", "timer", "array", "format", "hierarchy", "interpolate"],
  ...["selection", "time", "time-format", "scale", "transition"],
];
const functionsMax = 100;

interface FlameNames {
  /** The cell's files, beside the page. */
  readonly svg: string;
  readonly folded: string;
  readonly speedscope: string;
  readonly functions: string;
}

/** @param before what it is compared with */
export function flamePage(
  profile: Profile,
  before: Profile | undefined,
  names: FlameNames,
): string {
  const perFrame = totalOf(profile) / profile.window;
  const tiers = describeTiers(profile);
  const data = flameData(callTreeOf(profile, before), before?.cell);
  const body = html`<header><h1>Where the instructions of a frame go</h1>
<p><b>${profile.cell}</b></p>
<p>${perFrame.toFixed(1)} instructions per frame, in the window in the middle of all; the cell's p50 of the same trial
is ${profile.p50.toFixed(1)} (${formatPercent(missOf(profile))} apart). Every instruction is counted, none is sampled; ${formatPercent(namelessOf(profile))} of them have no function's name.
${tiers && `JavaScript and WebAssembly by what made their code: ${tiers}.`}
<a href="${names.svg}">SVG</a>, <a href="${names.folded}">folded stacks</a>,
<a href="${names.speedscope}">speedscope</a>, <a href="${names.functions}">functions as CSV</a></p></header>
<main><section class="flame" aria-label="Flame graph">
<p class="controls"><label>Search <input id="flame-search" type="search" placeholder="veth_xmit|skb"></label>
<button id="flame-reset" type="button">Whole graph</button>
${before && html`<label><input id="flame-differences" type="checkbox"> Colours: difference to ${before.cell}</label>`}</p>
<p class="legend">${spaces.map((space) => html`<span><i class="${space}"></i>${spaceNames[space]}</span> `)}</p>
<div id="flame"></div>
<p id="flame-details" class="quiet" aria-live="polite"></p>
<noscript><p>The graph needs JavaScript; the <a href="${names.svg}">SVG</a> and the tables do not.</p></noscript></section>
${groupsTable(profile, before)}
${before ? differencesTable(before, profile) : undefined}
${functionsTable(profile)}</main>
<script type="application/json" id="flame-data">${scriptJson(data)}</script>`;
  return wholePage({
    title: `iopath profile of ${profile.cell}`,
    body,
    style: flameStyle(),
    libraries: libraries(),
    script: "flame.js",
  });
}

function flameStyle(): string {
  const colors = spaces.map((space) => `--space-${space}:${spaceColors[space]};`).join("");
  return `:root{${colors}}${readFileSync(resolve(import.meta.dirname, "flame.css"), "utf8")}`;
}

/** Found as d3-flame-graph itself finds them. */
function libraries(): string[] {
  const graph = fileURLToPath(import.meta.resolve("d3-flame-graph"));
  const { resolve: find } = createRequire(graph);
  const files = d3Parts.map((part) => {
    const name = `d3-${part}`;
    return join(dirname(find(name)), `../dist/${name}.min.js`);
  });
  const built = join(dirname(graph), "d3-flamegraph.umd.min.js");
  return [...files, built].map((file) => readFileSync(file, "utf8"));
}

/**
 * Nodes as lists, each function once. `dearer`: by how much it is itself, gone callees included.
 */
type FlameNode = readonly [
  frame: number,
  after: number,
  before: number,
  dearer: number,
  ...FlameNode[],
];

function flameData(tree: CallNode, against: string | undefined) {
  const frames: { name: string; object: string; space: string }[] = [];
  const indexes = new Map<string, number>();
  const indexOf = (frame: Frame) => {
    const key = JSON.stringify(frame);
    const made = { ...frame, space: spaceOf(frame) };
    const index = indexes.get(key) ?? frames.push(made) - 1;
    indexes.set(key, index);
    return index;
  };
  const listOf = ({ frame, after, before, children }: CallNode): FlameNode => {
    const shown = children.filter((child) => child.after > 0);
    const ofShown = shown.reduce((sum, child) => sum + child.after - child.before, 0);
    const dearer = after - before - ofShown;
    return [indexOf(frame), round(after), round(before), round(dearer), ...shown.map(listOf)];
  };
  return { tree: listOf(tree), frames, against: against ?? null };
}

function round(value: number): number {
  return Number(value.toFixed(4));
}

function groupsTable(profile: Profile, before: Profile | undefined): Html {
  const own = groupCosts(profile);
  const others = new Map(before && groupCosts(before).map(({ group, own: cost }) => [group, cost]));
  const gone = [...others].filter(([group]) => own.every((one) => one.group !== group));
  const all = [...own, ...gone.map(([group]) => ({ group, own: 0 }))];
  const total = totalOf(profile) / profile.window;
  const heads = before ? html`<th>there</th><th>difference</th>` : undefined;
  return html`<section><h2 id="groups">What they are for</h2>
<p class="quiet">The groups add up to the whole. ${before && html`There: ${before.cell}.`}</p>
<div class="scroll"><table><thead><tr><th>group</th><th>instructions per frame</th><th>share</th>${heads}</tr></thead><tbody>
${all.map(({ group, own: cost }) => {
  const there = others.get(group) ?? 0;
  const rest = before && html`<td>${there.toFixed(1)}</td><td>${signed(cost - there)}</td>`;
  return html`<tr><td>${group}</td><td>${cost.toFixed(1)}</td><td>${formatPercent(cost / total)}</td>${rest}</tr>
`;
})}</tbody></table></div></section>`;
}

function differencesTable(before: Profile, after: Profile): Html {
  const { functions } = differenceOf(before, after);
  const largest = functions
    .toSorted((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
    .slice(0, functionsMax);
  return html`<section><h2 id="differences">What differs, function by function</h2>
<p class="quiet">Their own instructions per frame, there (${before.cell}) and here; the largest differences first.</p>
<div class="scroll"><table><thead><tr><th>function</th><th>in</th><th>there</th><th>here</th><th>difference</th></tr></thead><tbody>
${largest.map(
  (
    one,
  ) => html`<tr><td><code>${one.frame.name}</code></td><td>${one.frame.object}</td><td>${one.before.toFixed(1)}</td>
<td>${one.after.toFixed(1)}</td><td>${signed(one.after - one.before)}</td></tr>
`,
)}</tbody></table></div></section>`;
}

function signed(value: number): string {
  return `${value < 0 ? "" : "+"}${value.toFixed(1)}`;
}

function functionsTable(profile: Profile): Html {
  const total = totalOf(profile) / profile.window;
  const costs = functionCosts(profile);
  return html`<section><h2 id="functions">Functions</h2>
<p class="quiet">Instructions per frame that each executes itself, and with all that it calls: the first
${Math.min(functionsMax, costs.length)} of ${costs.length}.</p>
<div class="scroll"><table><thead><tr><th>function</th><th>in</th><th>itself</th><th>share</th><th>with callees</th></tr></thead><tbody>
${costs.slice(0, functionsMax).map(
  ({
    frame,
    own,
    inclusive,
  }) => html`<tr><td><code>${frame.name}</code></td><td>${frame.object}</td><td>${own.toFixed(1)}</td>
<td>${formatPercent(own / total)}</td><td>${inclusive.toFixed(1)}</td></tr>
`,
)}</tbody></table></div></section>`;
}
