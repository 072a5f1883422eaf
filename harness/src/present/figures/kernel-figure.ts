/** What each kernel costs a frame: a line per variant along the kernels, in the run's order. */
import * as Plot from "@observablehq/plot";
import { type KernelLine, type KernelSet, lessTester } from "../../rows/kernel-sets.ts";
import { formatFigure } from "../number-format.ts";
import { colorOf, drawFigure, type Figure, symbolOf } from "./figure.ts";
import { type CostAxis, costScale, linearAxis, spreadOut } from "./scale.ts";

const width = 600;
const height = 340;
const margins = { marginLeft: 44, marginRight: 185, marginTop: 12, marginBottom: 44 };
const labelGap = 14;
/** Of a name, with what keeps it apart from the next one. */
const characterWidth = 7.5;

interface Point {
  readonly kernel: string;
  readonly cost: number;
}

interface Curve {
  readonly name: string;
  readonly path: string;
  readonly points: readonly Point[];
}

/** All lines as they were measured. */
export function kernelFigure(set: KernelSet): Figure {
  const figures = (line: KernelLine) => line.rows.map((row) => row?.p50 ?? undefined);
  return draw(set, curvesOf(set, set.lines, figures), {
    slug: `by-kernel-${set.slug}`,
    title: `Cost per frame by kernel (${set.label})`,
    what: `Median in ${set.unit}`,
  });
}

/** What the variants add to the tester; undefined where the tester alone has no figures. */
export function kernelFigureLessTester(set: KernelSet): Figure | undefined {
  const [tester, ...others] = set.lines;
  if (!tester || others.every((line) => lessTester(set, line).every((cost) => cost === undefined)))
    return undefined;
  const figures = (line: KernelLine) => lessTester(set, line);
  return draw(set, curvesOf(set, others, figures), {
    slug: `by-kernel-less-tester-${set.slug}`,
    title: `Cost per frame by kernel, less the tester (${set.label})`,
    what: `Median less that of the tester alone, in ${set.unit}`,
  });
}

function curvesOf(
  { kernels }: KernelSet,
  lines: readonly KernelLine[],
  figuresOf: (line: KernelLine) => readonly (number | undefined)[],
): Curve[] {
  const names = shortNames(kernels);
  const curves = lines.map((line): Curve => {
    const points = figuresOf(line).flatMap((cost, i) =>
      cost === undefined ? [] : [{ kernel: names[i]!, cost }],
    );
    return { name: line.name, path: line.path, points };
  });
  return curves.filter(({ points }) => points.length > 0);
}

/** "6.12.117", "7.3.4-rt", "my-linux": each once. */
export function shortNames(kernels: KernelSet["kernels"]): string[] {
  const short = kernels.map(({ name, release }) => {
    if (name !== "debian" && !name.startsWith("debian:")) return name;
    const version = /^\d+(\.\d+)*(-\d+)?/.exec(release)?.[0] ?? release;
    return /-rt\b/.test(name) ? `${version}-rt` : version;
  });
  const isTwice = (name: string) => short.filter((other) => other === name).length > 1;
  return short.map((name, i) => (isTwice(name) ? kernels[i]!.name : name));
}

interface Words {
  readonly slug: string;
  readonly title: string;
  readonly what: string;
}

function draw({ kernels }: KernelSet, curves: readonly Curve[], words: Words): Figure {
  const names = shortNames(kernels);
  const axis = linearAxis(Math.max(...curves.flatMap(costsOf)), 5);
  const y = costScale(axis);
  return drawFigure(
    { slug: words.slug, title: words.title, description: describe(curves, words.what) },
    {
      width,
      height,
      ...margins,
      x: { type: "point", domain: names, padding: 0.1, label: null, tickSize: 0, ...turned(names) },
      y,
      marks: [
        Plot.gridY({ ticks: y.ticks as number, stroke: "var(--line)", strokeOpacity: 1 }),
        ...curves.flatMap(curveMarks),
        nameMarks(curves, axis),
      ],
    },
  );
}

/** Names that would run into each other side by side are written slantwise. */
function turned(names: readonly string[]): { tickRotate?: number } {
  const room = (width - margins.marginLeft - margins.marginRight) / names.length;
  const longest = Math.max(...names.map((name) => name.length));
  return longest * characterWidth > room ? { tickRotate: -35 } : {};
}

function costsOf({ points }: Curve): number[] {
  return points.map(({ cost }) => cost);
}

function curveMarks({ points, path }: Curve): Plot.Markish[] {
  const color = colorOf(path);
  return [
    Plot.line(points, { x: "kernel", y: "cost", stroke: color, strokeWidth: 1.75 }),
    Plot.dot(points, { x: "kernel", y: "cost", fill: color, symbol: symbolOf(path), r: 3 }),
  ];
}

/** Each curve's name at the right, near its end. */
function nameMarks(curves: readonly Curve[], { domain: [low, high] }: CostAxis): Plot.Markish {
  const inner = height - margins.marginTop - margins.marginBottom;
  const ends = curves.map(({ points }) => points.at(-1)!.cost);
  const places = spreadOut(ends, (labelGap / inner) * (high - low), [low, high]);
  const texts = curves.map(({ name }, i) => ({ name, place: places[i]! }));
  return Plot.text(texts, {
    ...({ y: "place", text: "name", frameAnchor: "right", textAnchor: "start" } as const),
    ...{ dx: 8, fontSize: 11 },
  });
}

function describe(curves: readonly Curve[], what: string): string {
  const parts = curves.map(({ name, points }) => {
    return `${name} ${points.map(({ kernel, cost }) => `${kernel}: ${formatFigure(cost)}`).join(", ")}.`;
  });
  return `${what} by kernel. ${parts.join(" ")}`;
}
