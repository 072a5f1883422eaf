/** Two figures of a search: what got through of each load, and which loads it tried in turn. */
import * as Plot from "@observablehq/plot";
import type { SearchRow } from "../../open-loop/report/row.ts";
import { colorOf, drawFigure, type Figure } from "../figures/figure.ts";
import { bottomAxis, ticksBetween, ticksFromZero } from "../figures/scale.ts";
import { type Found, foundBy, type Outcome, type ShownTrial } from "./trials.ts";
import { megaframes } from "./words.ts";

const size = { width: 420, height: 280 } as const;
const margins = { marginLeft: 44, marginRight: 66, marginTop: 22, marginBottom: 44 };
const outcomes: readonly Outcome[] = ["nothing lost", "0.5 % or less", "more lost"];

interface SearchFigure {
  /** "xdp/af-xdp/64B" */
  readonly name: string;
  readonly slug: string;
  readonly row: SearchRow;
  readonly trials: readonly ShownTrial[];
}

export function searchFigures(of: SearchFigure): Figure[] {
  return [throughputFigure(of), traceFigure(of)];
}

/** Forwarded over offered: on the diagonal nothing is lost. */
function throughputFigure({ name, slug, row, trials }: SearchFigure): Figure {
  const counted = trials.filter(({ outcome }) => outcome !== "does not count");
  const highest = Math.max(...counted.map(({ offered }) => offered)) * 1.04;
  const found = foundBy(row);
  const axis = { domain: [0, highest], nice: false, ticks: 4 };
  const scale = ticksFromZero(highest);
  return drawFigure(
    {
      slug: `throughput-${slug}`,
      title: `Throughput over offered load, ${name}`,
      description: describe(found, counted),
    },
    {
      ...size,
      ...margins,
      x: { ...axis, label: null },
      y: { ...axis, ticks: scale, label: null, tickSize: 0 },
      marks: [
        Plot.gridY(scale, { stroke: "var(--line)", strokeOpacity: 1 }),
        Plot.link([0], {
          ...{ x1: 0, y1: 0, x2: highest, y2: highest },
          ...{ stroke: "var(--quiet)", strokeDasharray: "2,3" },
        }),
        ...goalRules(found, "x"),
        ...outcomeMarks(counted, { x: "offered", y: "forwarded" }, row),
        bottomAxis(scale, String, "offered, million frames per second"),
        Plot.text(["forwarded"], cornerText),
      ],
    },
  );
}

/** The loads in the order of their trials: how a search closes in. */
function traceFigure({ name, slug, row, trials }: SearchFigure): Figure {
  const loads = trials.map(({ load }) => load);
  const [lowest, highest] = [Math.min(...loads) * 0.92, Math.max(...loads) * 1.04];
  const ticks = ticksBetween(lowest, highest);
  const found = foundBy(row);
  const last = Math.max(...trials.map(({ number }) => number));
  return drawFigure(
    {
      slug: `trace-${slug}`,
      title: `Loads that the search tried, ${name}`,
      description: `${trials.length} trials. ${describe(found, trials)}`,
    },
    {
      ...size,
      ...margins,
      x: { domain: [0, last + 1], label: null },
      y: { domain: [lowest, highest], ticks, label: null, tickSize: 0 },
      marks: [
        Plot.gridY(ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
        ...goalRules(found, "y"),
        Plot.line(trials, { x: "number", y: "load", stroke: "var(--line)" }),
        ...outcomeMarks(trials, { x: "number", y: "load" }, row),
        bottomAxis(ticksFromZero(last), String, "trial"),
        Plot.text(["load, million frames per second"], cornerText),
      ],
    },
  );
}

const cornerText = {
  frameAnchor: "top-left",
  dx: -margins.marginLeft + 4,
  dy: -margins.marginTop + 4,
  textAnchor: "start",
  fill: "var(--quiet)",
} as const;

/** Full: nothing lost; hollow: little; a cross: more; a small grey one: does not count. */
function outcomeMarks(
  trials: readonly ShownTrial[],
  channels: { readonly x: string; readonly y: string },
  { path }: SearchRow,
): Plot.Markish[] {
  const color = colorOf(path);
  const of = (outcome: Outcome) => trials.filter((trial) => trial.outcome === outcome);
  const [none, some, more] = outcomes.map(of) as [ShownTrial[], ShownTrial[], ShownTrial[]];
  const cross = { ...channels, symbol: "times", strokeWidth: 1.5 } as const;
  return [
    Plot.dot(of("does not count"), { ...cross, r: 2, stroke: "var(--quiet)" }),
    Plot.dot(more, { ...cross, r: 3.5, stroke: color }),
    Plot.dot(some, { ...channels, r: 3, stroke: color, fill: "var(--ground)" }),
    Plot.dot(none, { ...channels, r: 3, fill: color }),
  ];
}

/** A line where each goal was found; the names stand at its end, those of one rate together. */
function goalRules(found: readonly Found[], along: "x" | "y"): Plot.Markish[] {
  const rule = { stroke: "var(--ink)", strokeWidth: 1 };
  const text = { text: "names", fontSize: 11 } as const;
  const labels = labelsOf(found);
  if (along === "x") {
    return [
      Plot.ruleX(found, { x: "rate", ...rule }),
      Plot.text(labels, { x: "rate", ...text, frameAnchor: "top", dy: -9 }),
    ];
  }
  return [
    Plot.ruleY(found, { y: "rate", ...rule }),
    Plot.text(labels, { y: "rate", ...text, frameAnchor: "right", textAnchor: "start", dx: 5 }),
  ];
}

/** Names that would lie on each other stand in one text. */
function labelsOf(found: readonly Found[]): { names: string; rate: number }[] {
  const [ndr, pdr] = found;
  if (!ndr || !pdr) return found.map(({ goal, rate }) => ({ names: goal, rate }));
  if (Math.abs(pdr.rate - ndr.rate) > 0.12 * pdr.rate) {
    return [ndr, pdr].map(({ goal, rate }) => ({ names: goal, rate }));
  }
  return [{ names: "NDR, PDR", rate: (ndr.rate + pdr.rate) / 2 }];
}

function describe(found: readonly Found[], trials: readonly ShownTrial[]): string {
  const goals = found.map(({ goal, rate }) => `${goal} ${megaframes(rate * 1e6)} million`);
  const counts = outcomes.map(
    (outcome) => `${outcome}: ${trials.filter((trial) => trial.outcome === outcome).length}`,
  );
  return `${goals.join(", ")} frames per second. Trials with ${counts.join("; ")}.`;
}
