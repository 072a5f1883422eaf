/**
 * The first look: how each path stands to the reference of the same place, one line per path with a
 * dot for each of its variants. A figure per group, with a scale of its own: no path lies on a line
 * with one of another class.
 */

import * as Plot from "@observablehq/plot";
import { max, min } from "simple-statistics";
import { referenceName } from "../../paths/loaders.ts";
import { glanceOf, namesOfCheapest, type PathLine } from "../../rows/glance.ts";
import { type Group, markedVariant, nameOf } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { formatFigure, formatRatio } from "../number-format.ts";
import { colorOf, drawFigure, quiet, symbolOf, tabular } from "./figure.ts";
import type { Block } from "./picture.ts";
import { bottomAxis } from "./scale.ts";
import { whiskers } from "./whiskers.ts";

/** All of a run's in one picture. */
export const glanceFile = "glance.svg";

const width = 300;
const lineHeight = 42;
const labelWidth = 120;
const numbersWidth = 64;
const nameLettersMax = 18;
/** So that no mark at an end of the axis reaches into the text beside it. */
const inset = 9;
const plotWidth = width - labelWidth - numbersWidth - 2 * inset;
const tickLetterWidth = 7;
const tickGap = 5;

/** Undefined where a group has nothing but the tester. */
export function glanceBlock(group: Group): Block | undefined {
  const glance = glanceOf(group);
  if (!glance) return undefined;
  const { lines, scope, filter } = glance;
  const { class: kind, unit } = group.first;
  const text = {
    slug: `glance-${group.slug}`,
    title: `Each path against the reference, ${scope} (${group.label})`,
    description: describe(lines, unit),
  };
  const options = { ...optionsOf(lines), width, height: lines.length * lineHeight + 26 };
  return {
    group,
    figure: drawFigure(text, options),
    heading: `${kind} · ${group.where}`,
    scope,
    filter,
    rows: lines.flatMap(({ variants }) => variants),
    width,
    height: options.height,
  };
}

type Domain = [low: number, high: number];

function optionsOf(lines: readonly PathLine[]): Plot.PlotOptions {
  const ratios = lines.flatMap(({ variants }) => variants.map(ratioOf));
  const domain: Domain = [min([1, ...ratios]) / 1.2, max([1, ...ratios]) * 1.2];
  return {
    style: { fontSize: "13px" },
    marginLeft: labelWidth,
    marginRight: numbersWidth,
    marginTop: 4,
    marginBottom: 22,
    x: {
      type: "log",
      domain,
      inset,
    },
    y: { type: "band", domain: lines.map(({ path }) => path), axis: null, padding: 0 },
    marks: [
      Plot.ruleX([1], { stroke: "var(--quiet)", strokeDasharray: "2,3" }),
      ...variantMarks(
        lines.filter(({ best }) => best),
        domain,
      ),
      ...textMarks(lines),
      bottomAxis(ticksIn(domain), (tick) => `${tick}×`),
    ],
  };
}

/** Powers of two, or of a power of it so large that their texts do not run into each other. */
export function ticksIn([low, high]: Domain): number[] {
  const octaves = Math.log2(high / low);
  const [first, last] = [Math.ceil(Math.log2(low)), Math.floor(Math.log2(high))];
  for (let step = 1; ; step++) {
    const powers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const ticks = powers.filter((power) => power % step === 0).map((power) => 2 ** power);
    const widths = ticks.map((tick) => `${tick}×`.length * tickLetterWidth);
    const taken = (right: number, i: number) => (right + (widths[i - 1] ?? right)) / 2 + tickGap;
    if (widths.every((right, i) => i === 0 || taken(right, i) <= (plotWidth * step) / octaves)) {
      return ticks;
    }
  }
}

function ratioOf({ speedup_over_reference: ratio }: Row): number {
  return ratio!;
}

function variantMarks(lines: readonly PathLine[], domain: Domain): Plot.Markish[] {
  const rows = lines.flatMap(({ variants }) => variants);
  const fill = ({ path }: { readonly path: string }) => colorOf(path);
  const symbol = ({ path }: { readonly path: string }) => symbolOf(path);
  return [
    Plot.ruleY(lines, {
      y: "path",
      x1: ({ variants }: PathLine) => min(variants.map(ratioOf)),
      x2: ({ variants }: PathLine) => max(variants.map(ratioOf)),
      stroke: fill,
      strokeWidth: 2,
      strokeOpacity: 0.45,
    }),
    Plot.dot(rows, { y: "path", x: ratioOf, fill, symbol, r: 3 }),
    ...whiskers(lines, {
      y: "path",
      low: ({ best }) => best!.speedup_low,
      high: ({ best }) => best!.speedup_high,
      ...{ domain, inset: 12 },
    }),
    Plot.dot(lines, {
      y: "path",
      x: ({ best }: PathLine) => ratioOf(best!),
      fill,
      symbol,
      r: 6,
    }),
  ];
}

/**
 * The path and its cheapest variant at the left, what it has of the reference and costs at the
 * right.
 */
function textMarks(lines: readonly PathLine[]): Plot.Markish[] {
  const [upper, lower] = [-8, 8];
  const left = { frameAnchor: "left", textAnchor: "start", dx: -labelWidth, y: "path" } as const;
  const right = {
    frameAnchor: "right",
    textAnchor: "end",
    dx: numbersWidth,
    y: "path",
    ...tabular,
  } as const;
  const ratio = ({ best }: PathLine) => (best ? formatRatio(ratioOf(best)) : "–");
  const cost = ({ best }: PathLine) => (best ? formatFigure(best.p50!) : "");
  return [
    Plot.text(lines, { ...left, text: "path", dy: upper, fontWeight: "600" }),
    Plot.text(lines, { ...left, text: nameOfBest, dy: lower, fontSize: 12, ...quiet }),
    Plot.text(lines, { ...right, text: ratio, dy: upper, fontSize: 15, fontWeight: "650" }),
    Plot.text(lines, { ...right, text: cost, dy: lower, fontSize: 12, ...quiet }),
  ];
}

/** Those that can't be told apart: as many as there is room for. */
function nameOfBest(line: PathLine): string {
  const name = namesOfCheapest(line);
  return name.length <= nameLettersMax || line.cheapest.length < 2
    ? name
    : `${markedVariant(line.best!)} or ${line.cheapest.length - 1} more`;
}

function describe(lines: readonly PathLine[], unit: string): string {
  const parts = lines.map(({ path, variants, best, missing }) => {
    if (!best) return `${path} ${missing}`;
    const others = variants
      .filter((row) => row !== best)
      .map((row) => `${nameOf(row)} ${formatRatio(ratioOf(row))}`);
    const rest = others.length > 0 ? `; others: ${others.join(", ")}` : "";
    return `${nameOf(best)} ${formatRatio(ratioOf(best))} at ${formatFigure(best.p50!)} ${unit}${rest}`;
  });
  return `Speed-up over ${referenceName} of each path's cheapest variant: ${parts.join(". ")}.`;
}
