/** Axes of several figures: ticks on a logarithmic scale, and how they are written. */
import * as Plot from "@observablehq/plot";
import { max, min } from "simple-statistics";
import type { Row } from "../../rows/row.ts";

/** Powers of ten, with twice and five times them where fewer than `most` fit. */
export function ticksOf(low: number, high: number, most = 5): number[] {
  const decades = Array.from({ length: 12 }, (_, i) => 10 ** i);
  const inside = (steps: number[]) =>
    decades
      .flatMap((decade) => steps.map((step) => step * decade))
      .filter((tick) => tick > low && tick < high);
  const fine = inside([1, 2, 5]);
  return fine.length <= most ? fine : inside([1]);
}

/**
 * Where an axis of costs begins and ends: at 0, but on a logarithmic scale where one is over 20
 * times another, since all others would lie on one point.
 */
export interface CostAxis {
  readonly isLog: boolean;
  readonly domain: readonly [low: number, high: number];
  readonly ticks: readonly number[] | number;
}

const linearUpTo = 20;

/** @param costs of all that is drawn on axes that are held against each other */
export function costAxis(
  costs: readonly Pick<Row, "p10" | "p50" | "p90">[],
  ticks: number,
): CostAxis {
  const medians = costs.flatMap(({ p50 }) => (p50 === null || p50 <= 0 ? [] : [p50]));
  const highest = Math.max(1, ...costs.map(({ p50, p90 }) => p90 ?? p50 ?? 0));
  if (medians.length === 0 || max(medians) <= linearUpTo * min(medians)) {
    return linearAxis(highest, ticks);
  }
  const lowest = Math.min(...costs.flatMap(({ p10, p50 }) => (p50 ? [p10 || p50] : [])));
  const domain = [lowest / 1.2, highest * 1.2] as const;
  return { isLog: true, domain, ticks: ticksOf(domain[0], domain[1], ticks + 1) };
}

export function linearAxis(highest: number, ticks = 3): CostAxis {
  return { isLog: false, domain: [0, Math.max(1, highest) * 1.04], ticks };
}

/** Of the axis along which costs stand, as Plot takes it; and its ticks, for the grid. */
export function costScale({ isLog, domain, ticks }: CostAxis) {
  const own = typeof ticks === "number" ? ticks : [...ticks];
  return {
    ...(isLog ? { type: "log" as const } : {}),
    domain: [...domain],
    label: null,
    ticks: own,
    tickFormat: formatTick,
    tickSize: 0,
  };
}

export function formatTick(value: number): string {
  return value < 1000 ? `${value}` : `${value / 1000}K`;
}

/**
 * An axis below: each tick with its text, which a logarithmic scale's own axis leaves out at times.
 */
export function bottomAxis(
  ticks: readonly number[],
  text: (value: number) => string,
  label: string | null = null,
): Plot.Markish {
  const labels = { label, labelAnchor: "center", labelArrow: "none" } as const;
  return Plot.axisX(ticks, { text, tickSize: 0, fontVariant: "tabular-nums", ...labels });
}

/**
 * Heights for labels from `lowest` to `highest`, each near its own and none within `gap` of
 * another, or as far apart as there is room for all; the order stays.
 */
export function spreadOut(
  wanted: readonly number[],
  gap: number,
  [lowest, highest]: readonly [number, number],
): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const apart = Math.min(gap, (highest - lowest) / Math.max(1, wanted.length - 1));
  const placed = new Array<number>(wanted.length);
  let free = lowest;
  for (const i of order) {
    placed[i] = Math.max(wanted[i]!, free);
    free = placed[i]! + apart;
  }
  // Where they were pushed out above, they are pushed down again.
  free = highest;
  for (const i of order.toReversed()) {
    placed[i] = Math.min(placed[i]!, free);
    free = placed[i]! - apart;
  }
  return placed;
}

/** Round numbers from 0, four or five of them. */
export function ticksFromZero(highest: number): number[] {
  return ticksBetween(0, highest);
}

/** Round numbers, four or five of them. */
export function ticksBetween(lowest: number, highest: number): number[] {
  const rough = (highest - lowest) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const first = Math.ceil(lowest / step);
  const count = Math.floor(highest / step) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}
