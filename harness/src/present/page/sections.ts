/** The parts of the page that are text: what was measured, where, and what is missing. */
import type { Environment } from "../../environment/environment.ts";
import { notesOnCpus, notesOnRevision } from "../../environment/environment-notes.ts";
import type { RunEvent } from "../../journal/events.ts";
import { testerOnly } from "../../paths/all.ts";
import { standInsOf } from "../../rows/derive.ts";
import { type Group, nameOf } from "../../rows/groups.ts";
import { noiseText } from "../../rows/noise.ts";
import type { Row } from "../../rows/row.ts";
import { type Html, html } from "../html.ts";
import { formatFigure } from "../number-format.ts";

const date = new Intl.DateTimeFormat("en-GB", {
  dateStyle: "long",
  timeStyle: "short",
  timeZone: "UTC",
});

export function header(run: RunEvent, groups: readonly Group[]): Html {
  const { environment } = run;
  return html`<header>
<h1>What one forwarded frame costs</h1>
<p class="quiet">Measured ${dateOf(run.startedAt)} by iopath ${environment.iopath}, revision
<code>${environment.revision.slice(0, 12)}</code>, on ${environment.cpuModel}
(${environment.cpus} CPUs${environment.hypervisor ? ", a virtual machine" : ""}),
Linux ${environment.kernel}, Node ${environment.node}. Run ${run.runId}.</p>
${groups.map(noise)}
${contents(groups)}</header>`;
}

/** How noisy the machine was, before any figure. */
function noise({ rows, where }: Group, _: number, { length }: readonly Group[]): Html | undefined {
  const text = noiseText(rows);
  if (text === "") return undefined;
  return html`<p class="lead">${length > 1 ? `${where}: ` : ""}<strong>${text}</strong></p>`;
}

/** What was measured, and what a reader should know before believing it. */
export function scopeSection(
  run: RunEvent,
  groups: readonly Group[],
  remarks: readonly string[] = [],
): Html {
  return html`<section class="scope">${groups.map(scope)}
${notices(run, groups, remarks)}</section>`;
}

/** Ways to the parts of a long page. */
function contents(groups: readonly Group[]): Html | undefined {
  if (groups.length === 0) return undefined;
  const parts = groups.map(
    ({ slug, where, first: { class: kind, clock } }) =>
      html`<a href="#${slug}">${kind}: ${where}, ${clock}</a> `,
  );
  return html`<nav aria-label="Parts of this page"><a href="#overview">Overview</a> ${parts}
<a href="#where">Where</a> <a href="#rows">Every row</a></nav>`;
}

export function dateOf(startedAt: string): string {
  const started = new Date(startedAt);
  return Number.isNaN(started.getTime()) ? startedAt : `${date.format(started)} UTC`;
}

/**
 * What was measured. It names no winner: ports of memory and ports of wires are not the same
 * race.
 */
function scope({ rows, first, where }: Group): Html {
  const forwarding = rows.filter(({ path }) => path !== testerOnly);
  const distinct = (pick: (row: Row) => string | number) => [...new Set(forwarding.map(pick))];
  const variants = distinct(({ path, variant }) => `${path} ${variant}`).length;
  const ascending = (column: "frame_bytes" | "window", among: readonly Row[]) =>
    [...new Set(among.map((row) => row[column]))].sort((a, b) => a - b).join(", ");
  const plain = ascending(
    "frame_bytes",
    forwarding.filter((row) => row.frame_mix === ""),
  );
  const mixes = distinct((row) => row.frame_mix).filter(Boolean);
  const sizes = [...(plain ? [`${plain} bytes`] : []), ...mixes].join(" and ");
  const windows = ascending("window", forwarding);
  return html`<p class="lead"><span class="class">${first.class}</span>
${distinct((row) => row.path).join(", ")} in ${variants} ${variants === 1 ? "variant" : "variants"}
on ${where}, frames of ${sizes}, windows of ${windows}.</p>`;
}

function notices(
  { environment }: RunEvent,
  groups: readonly Group[],
  remarks: readonly string[],
): Html | undefined {
  const rows = groups.flatMap((group) => group.rows);
  const count = (status: Row["status"]) => rows.filter((row) => row.status === status).length;
  const texts = [
    rows.length === 0 && "This run has no rows.",
    rows.length > 0 && count("measured") === 0 && "No cell of this run was measured to its end.",
    groups.length > 1 &&
      "Figures of one class stand beside no figures of another: each block has its own scale and reference.",
    ...standInsOf(rows).map((text) => `Rows marked † have ${text}.`),
    ...notesOnRevision(environment),
    ...notesOnCpus(environment),
    environment.loadAverageAtStart > environment.cpus / 2 &&
      `The machine was not idle: its load average was ${environment.loadAverageAtStart} at the start, ` +
        `on ${environment.cpus} CPUs.`,
    rows.length > count("measured") &&
      `Of ${rows.length} cells ${count("measured")} were measured, ${count("skipped")} skipped, ` +
        `${count("failed")} failed, ${count("incomplete")} are incomplete.`,
    ...remarks,
  ].filter((text) => typeof text === "string");
  if (texts.length === 0) return undefined;
  return html`<div class="notice" role="note">${texts.map((text) => html`<p>${text}</p>`)}</div>`;
}

/** Cells without a figure, those of one reason together. */
export function missingSection(rows: readonly Row[]): Html | undefined {
  const missing = rows.filter(({ status }) => status !== "measured");
  if (missing.length === 0) return undefined;
  const keyed = Map.groupBy(missing, ({ path, variant, status, reason }) =>
    JSON.stringify([path, variant, status, reason]),
  );
  const lines = [...keyed.values()].map((cells) => {
    const [first] = cells as [Row];
    const filter = `path=${first.path} variant=${first.variant} status=${first.status}`;
    return html`<tr><td>${nameOf(first)}</td><td>${first.status}</td>
<td class="number"><a href="#rows" data-filter="${filter}">${cells.length}</a></td>
<td class="wrap">${first.reason}</td></tr>`;
  });
  return html`<section><h2>Not measured</h2><div class="scroll" tabindex="0" role="region"
aria-label="Cells that were not measured"><table><thead><tr><th scope="col">path</th>
<th scope="col">status</th><th scope="col" class="number">cells</th><th scope="col">why</th></tr></thead>
<tbody>${lines}</tbody></table></div></section>`;
}

/** @param spent what its time went into, if that is known */
export function environmentSection(environment: Environment, spent = ""): Html {
  const entries = Object.entries(environment).flatMap(([name, value]): [string, string][] => {
    if (value === "") return [];
    if (value === null) return [[words(name), "none"]];
    if (typeof value !== "object") return [[words(name), shown(name, value)]];
    return Object.entries(value).map(([key, text]) => [`${words(name)}: ${key}`, text]);
  });
  if (spent !== "") entries.push(["time", spent]);
  return html`<section><h2 id="where">Where</h2>
<p class="quiet">What a figure depends on, as the machine told it; also in
<a href="environment.json">environment.json</a>.</p>
<dl>${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`;
}

/** "cpuModel" as words: "cpu model". */
function words(name: string): string {
  return name.replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
}

function shown(name: string, value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number" && name.endsWith("Bytes")) {
    return `${formatFigure(value)} (${(value / 2 ** 30).toFixed(1)} GiB)`;
  }
  return String(value);
}
