/** Below the figure of kinds: the flame graph of each cell, and all groups as numbers. */
import { folderOfCell, profileFiles, profilesFolder } from "../../profile/folder.ts";
import type { ProfiledCosts } from "../../profile/of-run.ts";
import { nameOf } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { type Html, html } from "../html.ts";

/** @param rows those without a profile are left out */
export function profilesTable(rows: readonly Row[], profiles: ProfiledCosts): Html {
  const profiled = rows.filter(({ cell }) => profiles.has(cell));
  return html`<p class="quiet">Flame graphs: ${profiled.map(
    (row, i) => html`${i > 0 ? ", " : ""}<a href="${pageOf(row)}">${nameOf(row)}</a>`,
  )}</p>${groupsTable(profiled, profiles)}`;
}

function pageOf({ cell }: Row): string {
  return `${profilesFolder}/${folderOfCell(cell)}/${profileFiles.page}`;
}

/** A column per cell, a line per group; the dearest of all cells first. */
function groupsTable(rows: readonly Row[], profiles: ProfiledCosts): Html {
  const columns = rows.map(({ cell }) => {
    return new Map(profiles.get(cell)!.groups.map(({ group, own }) => [group, own]));
  });
  const costOf = (group: string) => Math.max(...columns.map((costs) => costs.get(group) ?? 0));
  const groups = [...new Set(columns.flatMap((costs) => [...costs.keys()]))];
  const lines = groups
    .toSorted((a, b) => costOf(b) - costOf(a))
    .map((group) =>
      lineOf(
        group,
        columns.map((costs) => costs.get(group)),
      ),
    );
  const sums = columns.map((costs) => [...costs.values()].reduce((sum, own) => sum + own, 0));
  return html`<details><summary>All groups as a table, instructions per frame</summary>
<div class="scroll" tabindex="0" role="region" aria-label="Groups as a table"><table><thead><tr>
<th scope="col">what for</th>${rows.map(
    (row) => html`<th scope="col" class="number">${nameOf(row)}</th>`,
  )}</tr></thead>
<tbody>${lines}${lineOf("all together", sums)}</tbody></table></div></details>`;
}

function lineOf(name: string, costs: readonly (number | undefined)[]): Html {
  return html`<tr><td>${name}</td>${costs.map(
    (own) => html`<td class="number">${own === undefined ? "–" : own.toFixed(1)}</td>`,
  )}</tr>
`;
}
