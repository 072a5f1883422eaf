/** Two figures of latencies: quantiles over the load, and all percentiles of each load. */
import * as Plot from "@observablehq/plot";
import { decodeFromCompressedBase64 } from "hdr-histogram-js";
import { type QuantileName, quantileNames, quantiles } from "../../open-loop/latency.ts";
import type { LatencyRow } from "../../open-loop/report/row.ts";
import { colorOf, drawFigure, type Figure, quiet } from "../figures/figure.ts";
import { bottomAxis, formatTick, spreadOut } from "../figures/scale.ts";
import { isUsable, megaframes, micros } from "./words.ts";

const size = { width: 420, height: 300 } as const;
const margins = { marginLeft: 44, marginRight: 78, marginTop: 22, marginBottom: 44 };
const labelGap = 13;
/** Of percentiles, whose numbers are long. */
const ticksMax = 5;

interface LatencyFigure {
  readonly name: string;
  readonly slug: string;
  /** From the lowest load on. */
  readonly rows: readonly LatencyRow[];
}

/** A line's points, and what it is called at its right end. */
interface Curve {
  readonly label: string;
  readonly points: readonly Point[];
  readonly opacity: number;
  readonly isFloor?: boolean;
}

interface Point {
  readonly x: number;
  /** Microseconds. */
  readonly y: number;
  /** Hollow where the machine alone can be more than half of it. */
  readonly isHollow?: boolean;
}

/** p50 to p99.99, over the load. */
export function latencyFigure({ name, slug, rows }: LatencyFigure): Figure {
  const curves = quantileNames
    .map((quantile, i) => ({
      label: nameOf(quantile),
      points: rows.flatMap((row) => pointOf(row, quantile)),
      opacity: 1 - 0.16 * i,
    }))
    .filter(({ points }) => points.length > 0);
  const highest = Math.max(...rows.map(({ load_fps }) => load_fps)) / 1e6;
  const ticks = rows.map(({ load_fps }) => load_fps / 1e6).filter((at) => at > 0.05 * highest);
  return drawCurves(
    {
      slug: `latency-${slug}`,
      title: `Latency over load, ${name}`,
      description: rows.map(describe).join(" "),
    },
    [...curves, ...floorOver(rows)],
    {
      ...{ path: rows[0]!.path, dots: true, domain: [0, highest * 1.0001], type: "linear" },
      axis: bottomAxis([0, ...ticks], (value) => value.toFixed(2), "million frames per second"),
    },
  );
}

/** All of each load, on an axis that has as much room for 99 to 99.9 % as for 0 to 90 %. */
export function percentileFigure({ name, slug, rows }: LatencyFigure): Figure {
  const curves = rows.map((row, i) => ({
    label: row.load === "unloaded" ? row.load : row.load.replace(" of PDR", ""),
    points: percentilesOf(row),
    opacity: 0.4 + (0.6 * (i + 1)) / rows.length,
  }));
  const rarest = Math.max(10, ...curves.flatMap(({ points }) => points.map(({ x }) => x)));
  const nines = Math.floor(Math.log10(rarest));
  const apart = Math.ceil((nines + 1) / ticksMax);
  const ticks = Array.from({ length: Math.floor(nines / apart) + 1 }, (_, i) => 10 ** (i * apart));
  return drawCurves(
    {
      slug: `percentiles-${slug}`,
      title: `Percentiles of latency, ${name}`,
      description: rows.map(describe).join(" "),
    },
    [...curves, floorByPercentile(rows[0]!)],
    {
      ...{ path: rows[0]!.path, dots: false, domain: [1, rarest], type: "log" },
      axis: bottomAxis(ticks, percentText, "percent of the frames"),
    },
  );
}

function nameOf(quantile: QuantileName): string {
  return `p${quantiles[quantile]}`;
}

function pointOf(row: LatencyRow, quantile: QuantileName): Point[] {
  const ns = row[`${quantile}_ns`];
  if (ns === null || ns <= 0) return [];
  return [{ x: row.load_fps / 1e6, y: ns / 1000, isHollow: !isUsable(row, quantile) }];
}

/** What the machine alone does to one frame in a hundred; not drawn where that is nothing. */
function floorOver(rows: readonly LatencyRow[]): Curve[] {
  const { floor_p99_ns: ns } = rows[0]!;
  if (!ns) return [];
  const ends = [0, Math.max(...rows.map(({ load_fps }) => load_fps)) / 1e6];
  const points = ends.map((x) => ({ x, y: ns / 1000 }));
  return [{ label: "floor p99", points, opacity: 1, isFloor: true }];
}

/** Where one in x is slower; the last has a single frame beyond it. */
function percentilesOf({ histogram: encoded }: LatencyRow): Point[] {
  const histogram = decodeFromCompressedBase64(encoded);
  const points: Point[] = [];
  const perDecade = 16;
  for (let step = 0; 10 ** (step / perDecade) <= histogram.totalCount; step++) {
    const x = 10 ** (step / perDecade);
    const y = histogram.getValueAtPercentile(100 * (1 - 1 / x)) / 1000;
    if (y > 0) points.push({ x, y });
  }
  return points;
}

function floorByPercentile(row: LatencyRow): Curve {
  const points = quantileNames.flatMap((quantile): Point[] => {
    const ns = row[`floor_${quantile}_ns`];
    return ns ? [{ x: 1 / (1 - quantiles[quantile] / 100), y: ns / 1000 }] : [];
  });
  return { label: "floor", points, opacity: 1, isFloor: true };
}

/** "0", "90", "99.9" */
function percentText(oneIn: number): string {
  return String(Number((100 * (1 - 1 / oneIn)).toPrecision(9)));
}

interface Axes {
  readonly path: string;
  readonly dots: boolean;
  readonly domain: readonly [number, number] | readonly number[];
  readonly type: "linear" | "log";
  readonly axis: Plot.Markish;
}

function drawCurves(
  text: Parameters<typeof drawFigure>[0],
  given: readonly Curve[],
  { path, dots, domain, type, axis }: Axes,
): Figure {
  const whole = given.filter(({ points }) => points.length > 0);
  const range = rangeOf(whole);
  const inRange = ({ y }: Point) => y >= range[0] && y <= range[1];
  const curves = whole.filter(({ points, isFloor }) => !isFloor || points.some(inRange));
  const ticks = microTicks(range);
  return drawFigure(text, {
    ...size,
    ...margins,
    x: { type, domain: [...domain], label: null },
    y: { type: "log", domain: [...range], axis: null },
    marks: [
      Plot.gridY(ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
      ...curves.flatMap((curve) => curveMarks(curve, colorOf(path), dots)),
      ...labelMarks(curves, range),
      axis,
      Plot.axisY(ticks, { text: formatTick, label: null, tickSize: 0 }),
      Plot.text(["microseconds"], {
        ...{ frameAnchor: "top-left", textAnchor: "start", ...quiet },
        ...{ dx: -margins.marginLeft + 4, dy: -margins.marginTop + 4 },
      }),
    ],
  });
}

/** A floor far above all frames is not what the figure is about. */
const floorRoom = 3;

function rangeOf(curves: readonly Curve[]): readonly [number, number] {
  const heights = (own: readonly Curve[]) => own.flatMap(({ points }) => points.map(({ y }) => y));
  const ofFrames = heights(curves.filter(({ isFloor }) => !isFloor));
  const ofFloor = heights(curves.filter(({ isFloor }) => isFloor));
  const [low, high] = [Math.min(...ofFrames), Math.max(...ofFrames)];
  const floors = ofFloor.map((y) => Math.min(floorRoom * high, Math.max(low / floorRoom, y)));
  return [Math.min(low, ...floors) / 1.2, Math.max(high, ...floors) * 1.3];
}

function microTicks([low, high]: readonly [number, number]): number[] {
  const powers = Array.from({ length: 9 }, (_, i) => 10 ** (i - 1));
  const fine = powers.flatMap((power) => [power, 2 * power, 5 * power]);
  const inside = (ticks: readonly number[]) => ticks.filter((tick) => tick > low && tick < high);
  const shown = inside(fine).length <= 7 ? inside(fine) : inside(powers);
  return shown.map((tick) => Number(tick.toPrecision(3)));
}

function curveMarks(
  { points, opacity, isFloor }: Curve,
  ofPath: string,
  dots: boolean,
): Plot.Markish[] {
  const at = { x: "x", y: "y" } as const;
  if (isFloor) {
    const dashed = { stroke: "var(--quiet)", strokeDasharray: "2,3", clip: true };
    return [
      Plot.line(points, { ...at, ...dashed }),
      Plot.dot(points, { ...at, r: 1.5, fill: "var(--quiet)", clip: true }),
    ];
  }
  const style = { stroke: ofPath, strokeOpacity: opacity };
  return [
    Plot.line(points, { ...at, ...style, strokeWidth: 1.75 }),
    ...(dots
      ? [
          Plot.dot(points, {
            ...at,
            ...{ ...style, r: 3 },
            fill: (point: Point) => (point.isHollow ? "var(--ground)" : ofPath),
          }),
        ]
      : []),
  ];
}

/** Each curve's name right of its last point. */
function labelMarks(curves: readonly Curve[], [low, high]: readonly [number, number]) {
  const inner = size.height - margins.marginTop - margins.marginBottom;
  const [from, to] = [Math.log(low), Math.log(high)];
  const ends = curves.map(({ points }) => Math.log(points.at(-1)!.y));
  const places = spreadOut(ends, (labelGap / inner) * (to - from), [from, to]);
  const labels = curves.map(({ label }, i) => ({ label, place: Math.exp(places[i]!) }));
  return [
    Plot.text(labels, {
      ...{ y: "place", text: "label", frameAnchor: "right", textAnchor: "start" },
      ...{ dx: 8, fontSize: 11 },
    } as const),
  ];
}

function describe(row: LatencyRow): string {
  const values = quantileNames.flatMap((name) => {
    const ns = row[`${name}_ns`];
    return ns === null ? [] : [`${nameOf(name)} ${micros(ns)}`];
  });
  return `${row.load} (${megaframes(row.load_fps)} million per second), µs: ${values.join(", ")}.`;
}
