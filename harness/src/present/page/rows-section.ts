/** The table of all rows, which the page's script sorts and filters. */
import type { FoundRows } from "../../files/rows-as-found.ts";
import { testerOnly } from "../../paths/all.ts";
import { reference } from "../../paths/loaders.ts";
import { cellConditions, conditionsOf } from "../../rows/conditions.ts";
import type { Row } from "../../rows/row.ts";
import { type Html, html, scriptJson } from "../html.ts";

/** Columns that stay in the table though all rows have the same in them. */
const alwaysShown: readonly (keyof Row)[] = ["cell", "class", "place", "status", "unit"];

/** What a reader looks for stands first, so that figures are in sight beside their class. */
const lead: readonly string[] = [
  ...["class", "path", "variant", "place", "machine"],
  ...conditionsOf({ path: testerOnly }, cellConditions),
  ...["status", "p10", "p50", "p90", "p99", "speedup_over_reference", "unit"],
];
/** Long texts come last; the cell's name says again what its columns say. */
const wide: readonly string[] = ["reason", "stand_in", "guest_command", "cell"];

/** @param samplesFile which file beside the page has every sample */
export function rowsSection({ rows, columns: all }: FoundRows, samplesFile: string): Html {
  const field = (row: Row, name: string) => (row as Record<string, unknown>)[name];
  const varies = (name: string) => rows.some((row) => field(row, name) !== field(rows[0]!, name));
  const shownColumns = all.filter(
    (name) => (alwaysShown as readonly string[]).includes(name) || varies(name),
  );
  const order = [
    ...lead.filter((name) => shownColumns.includes(name)),
    ...shownColumns.filter((name) => !lead.includes(name) && !wide.includes(name)),
    ...wide.filter((name) => shownColumns.includes(name)),
  ];
  const common = all.filter((name) => !order.includes(name));
  const column = (name: string) => rows.map((row) => plain(field(row, name)));
  const data = {
    columns: order,
    common: Object.fromEntries(
      rows.length > 0 ? common.map((name) => [name, plain(field(rows[0]!, name))]) : [],
    ),
    ...packed(order.map(column)),
  };
  return html`<section><h2 id="rows">Every row</h2>
<p class="quiet">The same in <a href="results.csv">results.csv</a>; every sample is in
<a href="${samplesFile}">${samplesFile}</a>. A filter is words that a row must have, or
<code>column=value</code>, such as <code>path=${reference.path} window=64</code>. A click on a column sorts by it.</p>
<div class="controls"><label for="rows-filter">Filter
<input id="rows-filter" type="search" autocomplete="off" spellcheck="false"></label>
<button type="button" id="rows-all">All rows</button>
<span class="quiet" id="rows-count" role="status"></span></div>
<p class="printed">Too wide for paper: the rows are in results.csv.</p>
<noscript><p>Without scripts the rows are in results.csv beside this page.</p></noscript>
<div class="scroll" tabindex="0" role="region" aria-label="All rows"><table id="rows-table">
<thead></thead><tbody></tbody></table></div>
<p class="controls more"><button type="button" id="rows-more" hidden>Show more</button></p>
${rows.length > 0 ? commonDetails(common, rows[0]!) : undefined}
<script type="application/json" id="rows-data">${scriptJson(data)}</script></section>`;
}

/**
 * Rows of a table given as columns. A column of texts that come again and again is a list of the
 * texts, and its fields are places in that list: ten thousand rows stay small.
 */
function packed(table: readonly (readonly (string | number | null)[])[]) {
  const texts = table.map((column) => {
    const distinct = new Set(column);
    const isText = column.every((value) => typeof value === "string");
    return isText && distinct.size < column.length ? [...distinct] : null;
  });
  const places = texts.map((list) => new Map(list?.map((text, i) => [text, i])));
  const rows = (table[0] ?? []).map((_, i) =>
    table.map((column, c) => (texts[c] ? places[c]!.get(column[i]!)! : column[i]!)),
  );
  return { texts, rows };
}

/** What a cell of the table can show; columns of other versions may hold anything. */
function plain(value: unknown): string | number | null {
  if (typeof value === "string" || typeof value === "number" || value === null) return value;
  return value === undefined ? null : JSON.stringify(value);
}

function commonDetails(common: readonly string[], first: Row): Html {
  const lines = common.map((name) => {
    const value = plain((first as Record<string, unknown>)[name]);
    return html`<dt>${name}</dt><dd>${value === null || value === "" ? "empty" : String(value)}</dd>`;
  });
  return html`<details><summary>Columns that are the same in all rows</summary><dl>${lines}</dl></details>`;
}
