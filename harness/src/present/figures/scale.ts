/** Axes of several figures: ticks on a logarithmic scale, and how they are written. */
import * as Plot from "@observablehq/plot";

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

/** Heights for labels, each near its own and none within `gap` of another; the order stays. */
export function spreadOut(wanted: readonly number[], gap: number, lowest: number): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const placed = new Array<number>(wanted.length);
  let free = lowest;
  for (const i of order) {
    placed[i] = Math.max(wanted[i]!, free);
    free = placed[i]! + gap;
  }
  return placed;
}
