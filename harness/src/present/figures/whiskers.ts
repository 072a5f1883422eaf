/** A 95 % interval on a line of a figure: a thin line with a cap at each end. */
import * as Plot from "@observablehq/plot";

interface Whiskers<Line> {
  /** The band of a line. */
  readonly y: string | ((line: Line) => string);
  readonly low: (line: Line) => number | null;
  readonly high: (line: Line) => number | null;
  /** What a cap leaves free of its band, above and below. */
  readonly inset: number;
}

/** Lines without an interval have none. */
export function whiskers<Line>(
  lines: readonly Line[],
  { y, low, high, inset }: Whiskers<Line>,
): Plot.Markish[] {
  const known = lines.filter((line) => low(line) && high(line));
  const style = { y, stroke: "var(--ink)", strokeWidth: 1.25 };
  const cap = { ...style, insetTop: inset, insetBottom: inset };
  return [
    Plot.ruleY(known, { ...style, x1: low, x2: high }),
    Plot.tickX(known, { ...cap, x: low }),
    Plot.tickX(known, { ...cap, x: high }),
  ];
}
