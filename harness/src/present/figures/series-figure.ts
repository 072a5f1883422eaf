/**
 * How the cost moves along an axis (frame size, window, flows, …): a plot per path, a line per
 * variant.
 */
import * as Plot from "@observablehq/plot";
import { axesAsRead, type FigureAxis } from "../../matrix/axis-list.ts";
import { testerOnly } from "../../paths/all.ts";
import { conditionsOf } from "../../rows/conditions.ts";
import { isReference } from "../../rows/derive.ts";
import { type Group, nameOf } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { formatFigure } from "../number-format.ts";
import { colorOf, drawFigure, type Figure, quiet, symbolOf } from "./figure.ts";
import { bottomAxis, type CostAxis, costAxis, costScale, spreadOut } from "./scale.ts";

const width = 300;
const height = 230;
const margins = { marginLeft: 38, marginRight: 92, marginTop: 12, marginBottom: 40 };
const labelGap = 13;

type Held = FigureAxis["figure"];
/** An axis that a figure is drawn along. */
type Knob = Pick<Held, "column"> & NonNullable<Held["curve"]>;

/** An axis of a group with the rows that differ in nothing else. */
interface Series {
  readonly knob: Knob;
  readonly values: readonly number[];
  readonly rows: readonly Row[];
  /** "window 64, flows 1": where the other axes stand. */
  readonly fixed: string;
  readonly filter: string;
}

/**
 * Axes with several values: of windows three are wanted, since two stand side by side already. The
 * other axes stand at their usual value.
 */
export function seriesOf(group: Group): Series[] {
  const measured = group.rows.filter((row) => row.p50 !== null && row.frame_mix === "");
  const axes = axesAsRead.map(({ figure }) => figure);
  return axes.flatMap(({ column, curve }) => {
    if (!curve) return [];
    const others = axes.filter(
      (other) => other.column !== column && valuesOf(measured, other).length > 1,
    );
    const usual = others.map((other) => [other.column, usualOf(measured, other)] as const);
    const knob = { column, ...curve };
    const rows = measured.filter((row) => {
      const has = conditionsOf(row);
      return usual.every(([name, value]) => row[name] === value || !has.includes(name));
    });
    const values = valuesOf(
      rows.filter(({ path }) => path !== testerOnly),
      knob,
    );
    if (values.length < (knob.column === "window" ? 3 : 2) || values.length > 32) return [];
    const fixed = usual.map(([name, value]) => `${name.replace("_", " ")} ${value}`).join(", ");
    const filter = [group.filter, ...usual.map(([name, value]) => `${name}=${value}`)].join(" ");
    return [{ knob, values, rows, fixed, filter }];
  });
}

function valuesOf(rows: readonly Row[], { column }: Pick<Held, "column">): number[] {
  return [...new Set(rows.map((row) => row[column]))].sort((a, b) => a - b);
}

function usualOf(rows: readonly Row[], axis: Held): number {
  return valuesOf(rows, axis).at(axis.usual === "lowest" ? 0 : -1)!;
}

interface Curve {
  readonly name: string;
  readonly path: string;
  readonly rows: readonly Row[];
  /** A path's own variants, or what all plots have in common to be read against. */
  readonly own: boolean;
}

export function seriesFigures(group: Group, series: Series): { path: string; figure: Figure }[] {
  const paths = [...new Set(series.rows.map(({ path }) => path))].filter((p) => p !== testerOnly);
  const axis = costAxis(series.rows, 4);
  return paths.map((path) => ({ path, figure: seriesFigure(group, series, path, axis) }));
}

function seriesFigure(group: Group, series: Series, path: string, axis: CostAxis): Figure {
  const { knob, values } = series;
  const curves = curvesOf(series, path);
  const { unit } = group.first;
  const y = costScale(axis);
  return drawFigure(
    {
      slug: `by-${knob.column.replace("_", "-")}-${group.slug}-${path}`,
      title: `Cost per frame by ${knob.label}, ${path} (${group.label})`,
      description: describe(curves, knob, unit),
    },
    {
      width,
      height,
      ...margins,
      x: {
        type: knob.scale,
        domain: [values[0]!, values.at(-1)! * 1.0001], // or the last tick is lost to rounding
      },
      y,
      marks: [
        Plot.gridY({ ticks: y.ticks, stroke: "var(--line)", strokeOpacity: 1 }),
        ...curves.flatMap((curve) => curveMarks(curve, knob)),
        ...nameMarks(curves, knob, axis),
        bottomAxis(ticksAmong(values, knob), String, knob.label),
      ],
    },
  );
}

/** Numbers at the axis that don't run into each other. */
function ticksAmong(values: readonly number[], { scale }: Knob): number[] {
  const at = scale === "log" ? Math.log : (value: number) => value;
  const span = at(values.at(-1)!) - at(values[0]!);
  const ticks: number[] = [];
  for (const value of values) {
    const last = ticks.at(-1);
    if (last === undefined || at(value) - at(last) > span * 0.16) ticks.push(value);
  }
  return ticks;
}

function curvesOf({ rows }: Series, path: string): Curve[] {
  const byVariant = [...Map.groupBy(rows, (row) => `${row.path} ${row.variant}`).values()];
  return byVariant.flatMap((members): Curve[] => {
    const first = members[0]!;
    const own = first.path === path;
    if (!own && !isReference(first) && first.path !== testerOnly) return [];
    const name = own ? first.variant : first.path === testerOnly ? testerOnly : "reference";
    return [{ name, path: first.path, rows: members, own }];
  });
}

function curveMarks({ rows, path, own }: Curve, { column }: Knob): Plot.Markish[] {
  const color = own ? colorOf(path) : "var(--quiet)";
  const line = Plot.line(rows, {
    x: column,
    y: "p50",
    sort: column,
    stroke: color,
    strokeWidth: own ? 1.75 : 1,
    strokeDasharray: own ? "none" : "2,3",
  });
  if (!own) return [line];
  return [
    Plot.ruleX(rows, {
      x: column,
      y1: "p10",
      y2: "p90",
      stroke: color,
      strokeWidth: 4,
      strokeOpacity: 0.3,
      strokeLinecap: "round",
    }),
    line,
    Plot.dot(rows, { x: column, y: "p50", fill: color, symbol: symbolOf(path), r: 3 }),
  ];
}

/** Each curve's name at its right end. */
function nameMarks(curves: readonly Curve[], { column }: Knob, axis: CostAxis): Plot.Markish[] {
  const [to, from] = axis.isLog ? [Math.log, Math.exp] : [Number, Number];
  const [low, high] = axis.domain.map(to) as [number, number];
  const inner = height - margins.marginTop - margins.marginBottom;
  const ends = curves.map(({ rows }) => rows.toSorted((a, b) => a[column] - b[column]).at(-1)!);
  const places = spreadOut(
    ends.map(({ p50 }) => to(p50!)),
    (labelGap / inner) * (high - low),
    [low, high],
  ).map(from);
  const texts = curves.map((curve, i) => ({ ...curve, place: places[i]! }));
  const style = {
    y: "place",
    text: "name",
    frameAnchor: "right",
    textAnchor: "start",
    dx: 8,
  } as const;
  return [
    Plot.text(
      texts.filter(({ own }) => own),
      { ...style, fontSize: 11 },
    ),
    Plot.text(
      texts.filter(({ own }) => !own),
      { ...style, fontSize: 11, ...quiet },
    ),
  ];
}

function describe(curves: readonly Curve[], { column, label }: Knob, unit: string): string {
  const parts = curves.map(({ rows }) => {
    const points = rows.map((row) => `${row[column]}: ${formatFigure(row.p50!)}`);
    return `${nameOf(rows[0]!)} ${points.join(", ")}.`;
  });
  return `Median in ${unit} by ${label}. ${parts.join(" ")}`;
}
