/** NDR and PDR of all variants at one frame size, with what their searches leave open. */
import * as Plot from "@observablehq/plot";
import type { RateOverSearches, SearchedCell } from "../../open-loop/report/over-searches.ts";
import {
  colorOf,
  drawFigure,
  type Figure,
  quiet,
  rowHeight,
  symbolOf,
  tabular,
} from "../figures/figure.ts";
import { bottomAxis, ticksFromZero } from "../figures/scale.ts";
import { megaframes } from "./words.ts";

const width = 520;
const labels = 176;
const numbers = 108;

/** Millions of frames per second. */
interface Line {
  readonly name: string;
  readonly path: string;
  readonly goal: "NDR" | "PDR";
  readonly y: number;
  readonly rate: number;
  readonly low: number;
  readonly high: number;
  readonly isOpen: boolean;
}

/** @returns undefined where none has a figure */
export function ratesFigure(cells: readonly SearchedCell[], bytes: number): Figure | undefined {
  const measured = cells.filter(({ ndr, pdr }) => ndr.median !== null || pdr.median !== null);
  if (measured.length === 0) return undefined;
  const most = Math.max(...measured.flatMap(({ ndr, pdr }) => [ndr, pdr].flatMap(endsOf)));
  const highest = (most / 1e6) * 1.04;
  const lines = measured.flatMap((cell, i) => linesOf(cell, i, highest));
  const ticks = ticksFromZero(highest);
  return drawFigure(
    {
      slug: `rates-${bytes}B`,
      title: `NDR and PDR, frames of ${bytes} bytes`,
      description: lines.map(describe).join(" "),
    },
    {
      width,
      height: measured.length * 2 * rowHeight + 56,
      ...{ marginLeft: labels, marginRight: numbers, marginTop: 8, marginBottom: 44 },
      x: { domain: [0, highest], label: null },
      y: { domain: [2 * measured.length - 0.4, -0.6], axis: null },
      marks: [
        Plot.gridX(ticks, { stroke: "var(--line)", strokeOpacity: 1 }),
        Plot.link(lines, {
          ...{ x1: "low", x2: "high", y1: "y", y2: "y", stroke: "var(--ink)" },
          strokeDasharray: "none",
        }),
        ...lines.map(dot),
        ...textMarks(lines),
        bottomAxis(ticks, String, "million frames per second"),
      ],
    },
  );
}

function endsOf({ median, high }: RateOverSearches): number[] {
  return [median ?? 0, high ?? 0];
}

/** NDR above PDR; an interval that is open ends at the edge. */
function linesOf({ name, first, ndr, pdr }: SearchedCell, i: number, edge: number): Line[] {
  return Object.entries({ NDR: ndr, PDR: pdr }).flatMap(([goal, rate], row): Line[] => {
    if (rate.median === null) return [];
    const { median, low, high } = rate;
    return [
      {
        ...{ name: nameWithoutSize(name, first.frame_bytes), path: first.path },
        ...{ goal: goal as Line["goal"], y: 2 * i + row, rate: median / 1e6 },
        ...{ low: (low ?? median) / 1e6, high: high === null ? edge : high / 1e6 },
        isOpen: high === null,
      },
    ];
  });
}

function nameWithoutSize(name: string, bytes: number): string {
  return name.replace(`/${bytes}B`, "");
}

/** Hollow for NDR, full for PDR. */
function dot(line: Line): Plot.Markish {
  const color = colorOf(line.path);
  const fill = line.goal === "NDR" ? "var(--ground)" : color;
  const at = { x: "rate", y: "y", symbol: symbolOf(line.path), r: 4 } as const;
  return Plot.dot([line], { ...at, fill, stroke: color, strokeWidth: 1.5 });
}

function textMarks(lines: readonly Line[]): Plot.Markish[] {
  const right = { frameAnchor: "right", textAnchor: "start" } as const;
  const named = lines.filter(({ name }, i) => lines[i - 1]?.name !== name);
  return [
    Plot.text(named, {
      ...{ y: "y", text: "name", frameAnchor: "left", textAnchor: "start", dx: -labels },
    } as const),
    Plot.text(lines, { y: "y", text: "goal", ...right, dx: 8, ...quiet }),
    Plot.text(lines, { y: "y", text: numberOf, ...right, dx: 40, ...tabular }),
  ];
}

function numberOf({ rate, isOpen }: Line): string {
  return `${isOpen ? "≥" : ""}${megaframes(rate * 1e6)}`;
}

function describe({ name, goal, rate, low, high, isOpen }: Line): string {
  const to = isOpen ? "open" : megaframes(high * 1e6);
  return `${name} ${goal} ${megaframes(rate * 1e6)} (${megaframes(low * 1e6)} to ${to}).`;
}
