/** A 95 % interval on a line of a figure: a thin line with a cap at each end. */
import * as Plot from "@observablehq/plot";

interface Whiskers<Line> {
  /** The band of a line. */
  readonly y: string | ((line: Line) => string);
  readonly low: (line: Line) => number | null;
  readonly high: (line: Line) => number | null;
  /** Where the axis begins and ends. */
  readonly domain: readonly [first: number, last: number];
  /** What a cap leaves free of its band, above and below. */
  readonly inset: number;
}

/**
 * Lines without an interval have none. One that goes on beyond the axis ends with it, without a
 * cap: of two launches it can be many times as wide as all figures.
 */
export function whiskers<Line>(
  lines: readonly Line[],
  { y, low, high, domain: [first, last], inset }: Whiskers<Line>,
): Plot.Markish[] {
  const known = lines.filter((line) => low(line) && high(line));
  const inside = (end: (line: Line) => number | null) => (line: Line) =>
    Math.min(last, Math.max(first, end(line)!));
  const capped = (end: (line: Line) => number | null) =>
    known.filter((line) => first <= end(line)! && end(line)! <= last);
  const style = { y, stroke: "var(--ink)", strokeWidth: 1.25 };
  const cap = { ...style, insetTop: inset, insetBottom: inset };
  return [
    Plot.ruleY(known, { ...style, x1: inside(low), x2: inside(high) }),
    Plot.tickX(capped(low), { ...cap, x: low }),
    Plot.tickX(capped(high), { ...cap, x: high }),
  ];
}
