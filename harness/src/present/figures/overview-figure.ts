/**
 * The picture to begin with: all paths side by side, a block per group. Each block has a scale and
 * a reference of its own, so that no figure of one class lies on a line with one of another.
 */
import * as Plot from "@observablehq/plot";
import { max, min } from "simple-statistics";
import { testerOnly } from "../../paths/all.ts";
import { isReference } from "../../rows/derive.ts";
import { type Group, headlineRows, nameOf } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { formatFigure, formatRatio } from "../number-format.ts";
import { colorOf, drawFigure, figureWidth, labelWidth, rowHeight, symbolOf } from "./figure.ts";
import { cellLines, columnMarks, type Line, labelMarks, linesOf, missingMarks } from "./lines.ts";
import type { Block } from "./picture.ts";
import { bottomAxis, formatTick, ticksOf } from "./scale.ts";

/** The cells of one variant: with few frames on the way, and with many. */
interface Pair {
  readonly few: Row | undefined;
  readonly many: Row;
}

export function overviewBlock(group: Group): Block {
  const { rows, windows, filter } = headlineRows(group);
  const pairs = pairsOf(rows, windows);
  const lines = linesOf(pairs.map(({ many }) => many));
  const byCell = new Map(pairs.map((pair) => [pair.many.cell, pair]));
  const height = lines.length * rowHeight + 48;
  const scale = scaleOf(pairs);
  const figure = drawFigure(
    {
      slug: `overview-${group.slug}`,
      title: `All paths, ${rows[0] ? sizeOf(rows[0]) : "no"} frames (${group.label})`,
      description: describe(pairs, group.first.unit),
    },
    {
      height,
      marginLeft: labelWidth,
      marginRight: 170,
      marginTop: 24,
      marginBottom: 24,
      ...scale,
      y: { type: "band", domain: lines.map(({ id }) => id), axis: null, padding: 0 },
      marks: [
        ...pairMarks(pairs),
        ...labelMarks(lines as Line[]),
        ...columnMarks(cellLines(lines), columnsOf(windows, byCell)),
        ...missingMarks(cellLines(lines)),
        bottomAxis(scale.x.ticks, formatTick),
      ],
    },
  );
  const { class: kind, unit } = group.first;
  return {
    group,
    figure,
    heading: `${kind} · ${group.where} · ${unit}`,
    scope: scopeOf(rows, windows),
    filter,
    rows,
    width: figureWidth,
    height,
  };
}

function pairsOf(rows: readonly Row[], windows: readonly number[]): Pair[] {
  const [low, high] = [windows[0], windows.at(-1)];
  return rows
    .filter(({ window }) => window === high)
    .map((many) => ({
      many,
      few:
        low === high
          ? undefined
          : rows.find(
              ({ path, variant, window }) =>
                window === low && path === many.path && variant === many.variant,
            ),
    }));
}

function scopeOf([first]: readonly Row[], windows: readonly number[]): string {
  const [low, high] = [windows[0], windows.at(-1)];
  const marks = low === high ? `window ${high}` : `window ${low} in outline, ${high} full`;
  return `${first ? sizeOf(first) : "no"} frames · ${marks}`;
}

function sizeOf({ frame_mix, frame_bytes }: Row): string {
  return frame_mix || `${frame_bytes}-byte`;
}

/** Logarithmic: memory within a process and a kernel's sockets are a hundredfold apart. */
function scaleOf(pairs: readonly Pair[]): { x: Plot.ScaleOptions & { ticks: number[] } } {
  const values = pairs.flatMap(({ few, many }) => [few?.p50, many.p50]).filter((v) => v && v > 0);
  if (values.length === 0) return { x: { domain: [0, 1], ticks: [] } };
  const [low, high] = [min(values as number[]), max(values as number[])];
  const domain: [number, number] = [low / 1.35, high * 1.35];
  return { x: { type: "log", domain, ticks: ticksOf(domain[0], domain[1], 4) } };
}

function pairMarks(pairs: readonly Pair[]): Plot.Markish[] {
  const measured = pairs.filter(({ many }) => many.p50);
  const both = measured.filter(({ few }) => few?.p50);
  const y = ({ many }: Pair) => many.cell;
  const color = ({ many }: Pair) => colorOf(many.path);
  const symbol = ({ many }: Pair) => symbolOf(many.path);
  const lines = pairs
    .filter(({ many }) => isReference(many))
    .flatMap(({ few, many }) => [few?.p50, many.p50].filter((v) => typeof v === "number"));
  return [
    Plot.ruleX(lines, { stroke: "var(--quiet)", strokeDasharray: "2,3" }),
    Plot.ruleY(both, {
      y,
      x1: ({ many }: Pair) => many.p50,
      x2: ({ few }: Pair) => few!.p50,
      stroke: color,
      strokeWidth: 2,
      strokeOpacity: 0.45,
    }),
    Plot.dot(both, {
      y,
      x: ({ few }: Pair) => few!.p50,
      fill: "var(--ground)",
      stroke: color,
      symbol,
      r: 4,
    }),
    Plot.dot(measured, { y, x: ({ many }: Pair) => many.p50, fill: color, symbol, r: 4.5 }),
  ];
}

function columnsOf(windows: readonly number[], byCell: ReadonlyMap<string, Pair>) {
  const number = (row: Row | undefined) => (row?.p50 == null ? "" : formatFigure(row.p50));
  const [low, high] = [windows[0], windows.at(-1)];
  const few = {
    heading: `window ${low}`,
    at: 54,
    text: ({ cell }: Row) => number(byCell.get(cell)?.few),
  };
  return [
    ...(low === high ? [] : [few]),
    { heading: low === high ? `window ${high}` : `${high}`, at: 104, text: number },
    {
      heading: "speed-up",
      at: 168,
      text: (row: Row) => formatRatio(row.speedup_over_reference),
      quiet: true,
    },
  ];
}

function describe(pairs: readonly Pair[], unit: string): string {
  const cells = pairs.map(({ few, many }) => {
    if (many.p50 === null) return `${nameOf(many)} ${many.status}`;
    const ratio = many.path === testerOnly ? "" : formatRatio(many.speedup_over_reference);
    const other = few?.p50 ? `, ${formatFigure(few.p50)} at window ${few.window}` : "";
    return `${nameOf(many)} ${formatFigure(many.p50)} at window ${many.window}${ratio && ` (${ratio})`}${other}`;
  });
  return `Median in ${unit}, speed-up over the reference in brackets: ${cells.join("; ")}.`;
}
