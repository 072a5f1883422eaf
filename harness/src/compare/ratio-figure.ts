/**
 * Ratios to the first run with their intervals, one line per cell and run: what is left and right
 * of 1 is seen at once.
 */
import * as Plot from "@observablehq/plot";
import { max, min } from "simple-statistics";
import {
  drawFigure,
  type Figure,
  labelWidth,
  leftColumn,
  rowHeight,
} from "../present/figures/figure.ts";
import { varying } from "../rows/conditions.ts";
import { type Group, nameOf, otherKnobs } from "../rows/groups.ts";
import type { Change, ComparedCell } from "./compare.ts";
import { formatInterval } from "./lines.ts";

/** Nobody reads a figure of more lines; the table has them all. */
export const linesShownMax = 60;

interface Line {
  readonly id: string;
  readonly label: string;
  readonly change: Change & { readonly ratio: number };
}

/** Undefined without a ratio. */
export function ratioFigure(
  { label, first }: Group,
  cells: readonly ComparedCell[],
): Figure | undefined {
  const rows = cells.map(({ row }) => row);
  const knobs = varying(rows, otherKnobs);
  const lines = cells.flatMap((cell) => linesOf(cell, knobs)).slice(0, linesShownMax);
  if (lines.length === 0) return undefined;
  const ends = lines.flatMap(({ change: { ratio, interval } }) =>
    interval ? [interval.low, interval.high] : [ratio],
  );
  const domain = [Math.min(0.95, min(ends) * 0.98), Math.max(1.05, max(ends) * 1.02)];
  const slug = `ratios-${first.class}-${first.place}-${first.clock}`;
  return drawFigure(
    { slug, title: `Ratios to run A (${label})`, description: describe(lines) },
    {
      width: 760,
      height: lines.length * rowHeight + 48,
      marginLeft: labelWidth + 200,
      marginRight: 130,
      marginTop: 8,
      marginBottom: 40,
      x: {
        type: "log",
        domain,
        ticks: 5,
        tickFormat: (value: number) => value.toFixed(2),
        tickSize: 0,
        label: "ratio to A, logarithmic; right of 1 is slower",
        labelArrow: "none",
      },
      y: { type: "band", domain: lines.map(({ id }) => id), axis: null, padding: 0 },
      marks: marksOf(lines),
    },
  );
}

/** @param knobs columns besides size and window in which the cells differ */
function linesOf(
  { row, changes }: ComparedCell,
  knobs: readonly (typeof otherKnobs)[number][],
): Line[] {
  return changes.flatMap((change) => {
    if (change.ratio === null) return [];
    const size = row.frame_mix || `${row.frame_bytes} B`;
    const others = knobs.map((knob) => `, ${knob} ${row[knob]}`).join("");
    const label = `${nameOf(row)}, ${size}, window ${row.window}${others}: ${change.letter}`;
    return [
      { id: `${row.cell} ${change.letter}`, label, change: { ...change, ratio: change.ratio } },
    ];
  });
}

const symbols = ["circle", "square", "triangle", "diamond", "star"] as const;

function marksOf(lines: readonly Line[]): Plot.Markish[] {
  const spans = lines.filter(({ change }) => change.interval !== undefined);
  const color = ({ change }: Line) =>
    change.side === "above 1"
      ? "var(--path-1)"
      : change.side === "below 1"
        ? "var(--path-2)"
        : "var(--tester)";
  return [
    Plot.ruleX([1], { stroke: "var(--quiet)", strokeDasharray: "2,3" }),
    Plot.ruleY(spans, {
      y: "id",
      x1: ({ change }: Line) => change.interval!.low,
      x2: ({ change }: Line) => change.interval!.high,
      stroke: color,
      strokeWidth: 5,
      strokeOpacity: 0.4,
      strokeLinecap: "round",
    }),
    Plot.dot(lines, {
      y: "id",
      x: ({ change }: Line) => change.ratio,
      fill: color,
      symbol: ({ change }: Line) => symbols[(change.letter.charCodeAt(0) - 66) % symbols.length]!,
      r: 4,
    }),
    Plot.text(lines, { y: "id", text: "label", ...leftColumn, dx: -labelWidth - 190 }),
    Plot.text(lines, {
      y: "id",
      frameAnchor: "right",
      textAnchor: "end",
      text: ({ change }: Line) => `${change.ratio.toFixed(3)} ${shortSideOf(change)}`,
      dx: 126,
      fontVariant: "tabular-nums",
    }),
  ];
}

/** What it resolves is drawn: it is half of the bar. */
function shortSideOf({ side }: Change): string {
  return side.startsWith("no") ? "not seen" : side;
}

function describe(lines: readonly Line[]): string {
  const parts = lines.map(
    ({ label, change }) => `${label} ${change.ratio.toFixed(3)} (${formatInterval(change)})`,
  );
  return `Cost in each run divided by that in A, with its 95 % interval: ${parts.join("; ")}.`;
}
