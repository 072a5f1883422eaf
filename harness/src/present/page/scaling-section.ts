/** The part of the page that says what several workers bring. */

import { nameOf } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { type Scaling, scalingOf } from "../../rows/scaling.ts";
import { type Html, html } from "../html.ts";
import { formatFigure } from "../number-format.ts";

/** Nothing where all cells were measured with one worker. */
export function scalingSection(rows: readonly Row[]): Html | undefined {
  const found = rows.flatMap((row) => scalingOf(row, rows) ?? []);
  if (found.length === 0) return undefined;
  const classes = [...Map.groupBy(found, ({ row }) => row.class)];
  return html`<section><h2>Scaling</h2>
<p class="quiet">Workers share the ports, each a process (of DPDK a thread) with a queue and a CPU of its own. Frames per second are those of all
workers together, tester included; the bar and the factor set them against one worker, and full is as many times one worker
as there are.</p>${classes.map(([kind, members]) => classTable(kind, members))}</section>`;
}

function classTable(kind: string, found: readonly Scaling[]): Html {
  return html`<p><span class="class">${kind}</span></p>
<div class="scroll" tabindex="0" role="region" aria-label="Scaling, class ${kind}"><table><thead><tr>
<th scope="col">path</th><th scope="col" class="number">bytes</th><th scope="col" class="number">window</th>
<th scope="col" class="number">workers</th><th scope="col" class="number">frames/s</th>
<th scope="col" class="number">factor</th><th scope="col">of all that there can be</th></tr></thead>
<tbody>${found.map(line)}</tbody></table></div>`;
}

function line({ row, framesPerSecond, factor }: Scaling): Html {
  return html`<tr><td><a href="#rows" data-filter="cell=${row.cell}">${nameOf(row)}</a></td>
<td class="number">${row.frame_bytes}</td><td class="number">${row.window}</td>
<td class="number">${row.workers}</td><td class="number">${formatFigure(framesPerSecond)}</td>
<td class="number">${factor === null ? "–" : factor.toFixed(2)}</td><td>${bar(row, factor)}</td></tr>`;
}

function bar({ workers }: Row, factor: number | null): Html | undefined {
  if (factor === null) return undefined;
  const words = `${factor.toFixed(2)} of ${workers}`;
  return html`<meter min="0" max="${workers}" value="${factor.toFixed(3)}" aria-label="${words}">${words}</meter>`;
}
