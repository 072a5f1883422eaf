/** A comparison as a page of its own, in the look of the report. */

import { type Html, html } from "../present/html.ts";
import { wholePage } from "../present/page/shell.ts";
import { groupRows } from "../rows/groups.ts";
import { type ComparedCell, type Comparison, summaryOf } from "./compare.ts";
import { changeHeads, changeLines, intervalNotes, runHeads, runLine } from "./lines.ts";
import { linesShownMax, ratioFigure } from "./ratio-figure.ts";

export function comparisonPage(comparison: Comparison): string {
  const { runs, cells, apart, differences, notes } = comparison;
  const names = runs.map(({ letter, run }) => `${letter} ${run.runId}`).join(", ");
  const letters = runs.map(({ letter }) => letter);
  const body = html`<header><h1>Runs compared</h1>
<p class="quiet">Each cell's cost divided by that in run A, with its 95 % interval.</p>
${cells.length > 0 ? summaryOf(comparison).map((line) => html`<p class="lead">${line}</p>`) : undefined}
${plainTableElement([...runHeads, "on"], runs.map(runWithPlace))}
${notes.length > 0 ? html`<div class="notice" role="note">${notes.map((note) => html`<p>${note}</p>`)}</div>` : undefined}
</header><main>
${cells.length > 0 ? groupSections(cells) : html`<p>The runs have no cell in common.</p>`}
<section><h2>What differs in the runs</h2>
${
  differences.length > 0
    ? plainTableElement(["what", ...letters], differences)
    : html`<p>Nothing differs in environment and config.</p>`
}</section>
${
  apart.length > 0
    ? html`<section><h2>Not compared</h2>${plainTableElement(
        ["cell", "why"],
        apart.map(({ cell, reason }) => [cell, reason]),
      )}</section>`
    : undefined
}</main>`;
  return wholePage({ title: `iopath: ${names} compared`, body });
}

function runWithPlace(run: Comparison["runs"][number]): string[] {
  const { cpuModel, cpus, kernel } = run.run.environment;
  return [...runLine(run), `${cpuModel} (${cpus} CPUs), Linux ${kernel}`];
}

function groupSections(cells: readonly ComparedCell[]): Html[] {
  const byCell = new Map(cells.map((cell) => [cell.row.cell, cell]));
  return groupRows(cells.map(({ row }) => row)).map((group) => {
    const members = group.rows.map(({ cell }) => byCell.get(cell)!);
    const figure = ratioFigure(group, members);
    const lines = members.flatMap((cell) =>
      changeLines(cell).map((line) => [cell.row.cell, ...line]),
    );
    return html`<section><h2>Ratios to A</h2>
<p class="quiet"><span class="class">${group.label}</span> ${group.first.unit}. Mark: ratio of the costs; bar: its 95 %
interval. ${intervalNotes}${
      lines.length > linesShownMax
        ? html` Drawn are the first ${linesShownMax}; the table has all.`
        : undefined
    }</p>
${
  figure
    ? html`<div class="scroll" tabindex="0" role="region" aria-label="Ratios, drawn"><figure
class="wide">${figure.inline}</figure></div>`
    : undefined
}
${plainTableElement(["cell", ...changeHeads], lines)}</section>`;
  });
}

/** Figures are aligned right: those of columns whose every field begins like one. */
export function plainTableElement(
  heads: readonly string[],
  lines: readonly (readonly string[])[],
): Html {
  const isNumber = heads.map((_, i) =>
    lines.every((line) => /^[\d.,]+( to [\d.]+)?$|^$/.test(line[i]!)),
  );
  const kind = (i: number) => (isNumber[i] ? "number" : "wrap");
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${heads.join(", ")}"><table><thead><tr>
${heads.map((head, i) => html`<th scope="col" class="${kind(i)}">${head}</th>`)}</tr></thead><tbody>
${lines.map((line) => html`<tr>${line.map((field, i) => html`<td class="${kind(i)}">${field}</td>`)}</tr>`)}
</tbody></table></div>`;
}
