/**
 * How the samples of the cells of one frame size are spread: a histogram per cell, on one scale.
 */
import * as Plot from "@observablehq/plot";
import { max, min } from "simple-statistics";
import { testerOnly } from "../../paths/all.ts";
import { markedVariant, nameOf, type Panel, type Size } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { type Bins, edgesOf, histogram, type SamplesByCell } from "../../rows/samples.ts";
import { formatCompact, formatFigure } from "../number-format.ts";
import {
  colorOf,
  drawFigure,
  type Figure,
  labelWidth,
  leftColumn,
  quiet,
  symbolOf,
  tabular,
} from "./figure.ts";
import { formatTick, ticksOf } from "./scale.ts";

const binCount = 96;
const bandHeight = 30;
/** Part of its band that the highest bin of a cell takes. */
const peak = 0.8;

interface Band {
  readonly row: Row;
  readonly base: number;
  readonly trials: readonly (readonly number[])[];
  readonly slowest: number;
}

/** Undefined where nothing was measured. */
export function distributionFigure(
  panel: Panel,
  { name, label, rows }: Size,
  samples: SamplesByCell,
): Figure | undefined {
  const measured = rows.filter((row) => row.p50 && row.p99 && samples.has(row.cell));
  if (measured.length === 0) return undefined;
  const bands = measured.map((row, i): Band => {
    const trials = samples.get(row.cell)!;
    const slowest = Math.max(...trials.map((ascending) => ascending.at(-1) ?? 0));
    return { row, base: measured.length - 1 - i, trials, slowest };
  });
  const bins = binsOf(bands);
  const { unit } = panel.group.first;
  return drawFigure(
    {
      slug: `samples-${panel.slug}-${name}`,
      title: `Spread of the samples, frames of ${label}, ${panel.label} (${panel.group.label})`,
      description: describe(measured, unit),
    },
    {
      height: bands.length * bandHeight + 62,
      marginLeft: labelWidth + 40,
      marginRight: 104,
      marginTop: 22,
      marginBottom: 40,
      x: {
        type: "log",
        domain: [bins.low, bins.high],
        ticks: ticksOf(bins.low, bins.high),
        tickFormat: formatTick,
        tickSize: 0,
        label: `${unit}, logarithmic`,
        labelArrow: "none",
      },
      y: { domain: [0, bands.length], axis: null },
      marks: [
        Plot.gridX({
          ticks: ticksOf(bins.low, bins.high),
          stroke: "var(--line)",
          strokeOpacity: 1,
        }),
        ...histogramMarks(bands, bins),
        ...quantileMarks(bands),
      ],
    },
  );
}

/** From the lowest sample to beyond the highest p99; slower samples are given as a number. */
function binsOf(bands: readonly Band[]): Bins {
  const lowest = bands.flatMap(({ trials }) => trials.map((ascending) => ascending[0]!));
  const positive = lowest.filter((sample) => sample > 0);
  const highest = max(bands.map(({ row }) => row.p99!));
  return { low: min(positive) * 0.95, high: highest * 1.25, count: binCount };
}

function histogramMarks(bands: readonly Band[], bins: Bins): Plot.Markish[] {
  const edges = edgesOf(bins);
  const areas = bands.map(({ row, base, trials }) => {
    // The square root of the share: a tail of one in a thousand stays in sight.
    const heights = histogram(trials, bins).map(Math.sqrt);
    const highest = Math.max(...heights);
    const top = (height: number) => base + (peak * height) / highest;
    const points = heights.map((height, i) => ({ x: edges[i]!, base, top: top(height) }));
    points.push({ x: bins.high, base, top: points.at(-1)!.top });
    const color = colorOf(row.path);
    return Plot.areaY(points, {
      x: "x",
      y1: "base",
      y2: "top",
      curve: "step-after",
      fill: color,
      fillOpacity: 0.75,
    });
  });
  return [...areas, Plot.ruleY(bands, { y: "base", stroke: "var(--quiet)", strokeWidth: 0.75 })];
}

function quantileMarks(bands: readonly Band[]): Plot.Markish[] {
  const y = ({ base }: Band) => base + 0.3;
  const right = { frameAnchor: "right", textAnchor: "end", dx: 50, ...tabular } as const;
  const last = { dx: 102, fill: "var(--quiet)" };
  const heading = { frameAnchor: "top-right", dy: -16, fill: "var(--quiet)" } as const;
  return [
    Plot.dot(bands, {
      x: ({ row }: Band) => row.p50,
      y: "base",
      r: 4,
      fill: ({ row }: Band) => colorOf(row.path),
      stroke: "var(--ground)",
      symbol: ({ row }: Band) => symbolOf(row.path),
    }),
    Plot.ruleX(bands, {
      x: ({ row }: Band) => row.p99,
      y1: "base",
      y2: ({ base }: Band) => base + 0.45,
      stroke: "currentColor",
      strokeWidth: 1.5,
    }),
    Plot.text(bands, {
      ...leftColumn,
      y,
      dx: -labelWidth - 40,
      dy: -6,
      text: ({ row }: Band) => (row.path === testerOnly ? "" : row.path),
      fontSize: 10,
      ...quiet,
    }),
    Plot.text(bands, { ...leftColumn, y, dx: -labelWidth - 40, dy: 6, text: labelOf }),
    Plot.text(bands, { ...right, y, text: ({ row }: Band) => formatFigure(row.p99!) }),
    Plot.text(bands, {
      ...right,
      y,
      text: ({ slowest }: Band) => formatCompact(slowest),
      ...last,
    }),
    Plot.text(["p99"], { ...right, ...heading }),
    Plot.text(["slowest"], { ...right, ...heading, dx: last.dx }),
  ];
}

function labelOf({ row }: Band): string {
  return row.path === testerOnly ? testerOnly : markedVariant(row);
}

function describe(rows: readonly Row[], unit: string): string {
  const cells = rows.map((row) => {
    const [p10, p50, p90, p99] = [row.p10, row.p50, row.p90, row.p99].map((v) => formatFigure(v!));
    return `${nameOf(row)}: p10 ${p10}, p50 ${p50}, p90 ${p90}, p99 ${p99}.`;
  });
  return `Quantiles in ${unit}. ${cells.join(" ")}`;
}
