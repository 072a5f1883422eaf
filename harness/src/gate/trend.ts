/** `iopath trend`: how each cell's figure went from gate to gate, and where it changed. */
import { resolve } from "node:path";
import { styleText } from "node:util";
import { formatFigure, formatPercent } from "../present/number-format.ts";
import { plainTable } from "../present/terminal/plain-table.ts";
import { type ChangePoint, findChangePoints } from "../statistics/change-points.ts";
import { attributes, type Point } from "./gate-history.ts";

/** Permutations of a long series take long, and old changes were seen at their time. */
const pointsMax = 100;
const sparks = "▁▂▃▄▅▆▇█";

interface CellTrend {
  readonly cell: string;
  /** Those of the points that have a figure of the cell, the latest last. */
  readonly points: readonly Point[];
  readonly figures: readonly number[];
  readonly changes: readonly ChangePoint[];
}

export function trendsOf(points: readonly Point[], branch?: string): CellTrend[] {
  const chosen = points.filter(({ attributes }) => !branch || attributes.branch === branch);
  const cells = new Set(chosen.flatMap(({ figures }) => [...figures.keys()]));
  return [...cells].map((cell) => {
    const having = chosen.filter(({ figures }) => figures.has(cell)).slice(-pointsMax);
    const figures = having.map((point) => point.figures.get(cell)!);
    return { cell, points: having, figures, changes: findChangePoints(figures) };
  });
}

/**
 * What Apache Otava's `otava.yaml` says of such a history (JSON is YAML too). It reads no empty
 * field, and one branch at a time (its `--branch`), so that only cells are named which every gate
 * of a branch measured.
 *
 * @param branch when not given, that of the last gate
 */
export function otavaConfig(
  points: readonly Point[],
  file: string,
  branch = points.at(-1)?.attributes.branch,
): object {
  const chosen = points.filter(({ attributes }) => attributes.branch === branch);
  const cells = [...(chosen.at(-1)?.figures.keys() ?? [])];
  const whole = cells.filter((cell) => chosen.every(({ figures }) => figures.has(cell)));
  const metric = (cell: string) => [cell, { column: cell, direction: -1 }] as const;
  const test = {
    ...{ type: "csv", file: resolve(file), time_column: "time" },
    attributes: attributes.filter((name) => name !== "time"),
    metrics: Object.fromEntries(whole.map(metric)),
    csv_options: { delimiter: ",", quote_char: '"' },
  };
  return { tests: { iopath: test } };
}

/** A line per cell, and one per change point below. @param color use colours */
export function formatTrends(trends: readonly CellTrend[], color: boolean): string {
  const rows = trends.map(({ cell, figures, changes }) => {
    const ends = [figures[0]!, figures.at(-1)!].map(formatFigure);
    return [cell, figures.length, ...ends, sparkline(figures), changes.length];
  });
  const heads = ["cell", "gates", "first", "last", "", "changes"];
  const aligns = ["left", "right", "right", "right", "left", "right"] as const;
  const marks = trends.flatMap((trend) =>
    trend.changes.map((change) => mark(trend, change, color)),
  );
  return [
    ...plainTable(heads, rows, aligns),
    "",
    ...(marks.length > 0 ? marks : ["no change point: figures of each cell are of one piece"]),
    "Change points by E-divisive (Matteson and James 2014), p at most 0.05, from 0.1 % on.",
  ].join("\n");
}

/**
 * A change within 1 % of the figure is drawn flat: otherwise noise would fill the height.
 */
function sparkline(figures: readonly number[]): string {
  const low = Math.min(...figures);
  const span = Math.max(Math.max(...figures) - low, low * 0.01);
  const height = (figure: number) => Math.round(((figure - low) / span) * (sparks.length - 1));
  return figures
    .slice(-40)
    .map((figure) => sparks[height(figure)]!)
    .join("");
}

function mark({ cell, points }: CellTrend, { index, before, after }: ChangePoint, color: boolean) {
  const change = formatPercent(after / before - 1, true);
  const [old, point] = [points[index - 1]!.attributes, points[index]!.attributes];
  const others = (["kernel", "qemu", "node"] as const)
    .filter((name) => old[name] !== point[name])
    .map((name) => `${name} ${old[name]} → ${point[name]}`);
  const painted = color ? styleText(after > before ? "red" : "green", change) : change;
  const commits = `${old.commit.slice(0, 12)} → ${point.commit.slice(0, 12)}`;
  return [`${cell}: ${painted} at ${point.time}, ${commits}`, ...others].join(", ");
}
