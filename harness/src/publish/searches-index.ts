/** The runs of searches in the index of published runs. */
import { nameRevision } from "../environment/own-revision.ts";
import { type Html, html } from "../present/html.ts";
import { escapeMarkdown, markdownTable } from "../present/markdown-table.ts";
import type { PublishedSearches } from "./published.ts";

const heads = ["searches", "profile", "processor", "kernel", "revision", "measured", "of"] as const;

export function searchTable(searches: readonly PublishedSearches[]): Html {
  return html`<section><h2>Searches in an open loop</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Published searches"><table><thead><tr>
${heads.map((head) => html`<th scope="col">${head}</th>`)}<th scope="col">files</th></tr></thead><tbody>
${searches.map((one) => {
  const [name, ...others] = fieldsOf(one);
  return html`<tr><td><a href="${one.name}/open-loop.html">${name}</a></td>
${others.map((field) => html`<td>${field}</td>`)}<td><a href="${one.name}/open-loop.csv">rows</a>,
<a href="${one.name}/CITATION.cff">cite</a></td></tr>`;
})}</tbody></table></div></section>`;
}

export function searchesMarkdown(searches: readonly PublishedSearches[]): string {
  if (searches.length === 0) return "";
  const links = searches.map(({ name }) => `- [${escapeMarkdown(name)}](${name}/README.md)\n`);
  const table = markdownTable(heads, searches.map(fieldsOf), 5);
  return `\n## Searches in an open loop\n\n${table}\n${links.join("")}`;
}

function fieldsOf({ name, run, rows }: PublishedSearches): string[] {
  const { cpuModel, cpus, kernel } = run.environment;
  const profiles = [...new Set(rows.map(({ profile }) => profile))].join(", ");
  const measured = rows.filter(({ status }) => status === "measured").length;
  return [
    ...[name, profiles, `${cpuModel} (${cpus} CPUs)`, kernel, nameRevision(run.environment, 12)],
    ...[String(measured), String(rows.length)],
  ];
}
