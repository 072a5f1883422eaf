/** What each kernel of a run's guests costs a frame, as Markdown. */
import { testerOnly } from "../paths/loaders.ts";
import type { Group } from "../rows/groups.ts";
import {
  type KernelLine,
  type KernelSet,
  kernelSets,
  lessTester,
  testerShares,
} from "../rows/kernel-sets.ts";
import { shortNames } from "./figures/kernel-figure.ts";
import { escapeMarkdown, markdownTable } from "./markdown-table.ts";
import { formatFigure, formatPercent } from "./number-format.ts";

type Costs = readonly (number | undefined)[];

/** A part for each window and size; none where all guests booted one kernel. */
export function kernelsMarkdown(groups: readonly Group[]): string[] {
  return kernelSets(groups).map((set) => {
    const less = set.lines.filter(
      (line) => line.path !== testerOnly && isKnown(lessTester(set, line)),
    );
    const title = escapeMarkdown(`By kernel: ${set.label}, ${set.unit}`);
    const parts = [
      `### ${title}\n\nMedians; the change is against the first kernel.\n\n`,
      asMeasured(set),
    ];
    if (less.length > 0) {
      parts.push(
        "\nThe tester runs on the same kernel. What a path adds to it, and in brackets the tester's share of the figure above:\n\n",
        lessTheTester(set, less),
      );
    }
    return parts.join("");
  });
}

function asMeasured(set: KernelSet): string {
  const lines = set.lines.map(({ name, rows }) => {
    const costs = rows.map((row) => row?.p50 ?? undefined);
    return [name, ...costs.map((cost, i) => withChange(costs, cost, i))];
  });
  return tableOf(set, lines);
}

function lessTheTester(set: KernelSet, own: readonly KernelLine[]): string {
  const lines = own.map((line) => {
    const costs = lessTester(set, line);
    const shares = testerShares(set, line);
    const cells = costs.map((cost, i) =>
      cost === undefined ? "–" : `${withChange(costs, cost, i)} (${formatPercent(shares[i]!)})`,
    );
    return [line.name, ...cells];
  });
  return tableOf(set, lines);
}

function tableOf({ kernels }: KernelSet, lines: readonly (readonly string[])[]): string {
  return markdownTable(["path", ...shortNames(kernels)], lines, 1);
}

function isKnown(costs: Costs): boolean {
  return costs.some((cost) => cost !== undefined);
}

/** "6,841, +2.27 %" */
function withChange(costs: Costs, cost: number | undefined, i: number): string {
  if (cost === undefined) return "–";
  const at = costs.findIndex((one) => one !== undefined);
  const change = i > at ? `, ${formatPercent(cost / costs[at]! - 1, true)}` : "";
  return `${formatFigure(cost)}${change}`;
}
