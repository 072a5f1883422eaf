/** The table of axes as the code reads it: as a list, as fields of sections, cells and rows. */
import type { z } from "zod";
import { type AxisDefinition, axes } from "./axes.ts";

type Axes = typeof axes;
export type AxisName = keyof Axes;

/** Of each axis one value: what a cell is besides its section, path and variant. */
export type AxisValues = { readonly [Name in AxisName]: z.output<Axes[Name]["values"]>[number] };

/** Of each axis the field of a section that lists its values. */
type SectionLists = { [Name in AxisName as Axes[Name]["list"]]: Axes[Name]["values"] };

type Merged<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;
type AxisShape = Merged<Axes[AxisName]["columns"]>;
export type AxisColumn = keyof AxisShape;
type AxisFields = z.output<z.ZodObject<AxisShape>>;
/** Columns with a number: what a figure can be drawn over. */
type AxisNumber = {
  [Column in AxisColumn]: AxisFields[Column] extends number ? Column : never;
}[AxisColumn];

type AnyDefinition = AxisDefinition<string, z.ZodType<readonly unknown[]>, z.ZodRawShape>;

/** An axis as code sees it that treats all of them alike. */
export interface Axis extends AnyDefinition {
  readonly name: AxisName;
  readonly list: keyof SectionLists;
  /** Names of its columns. */
  readonly columnNames: readonly AxisColumn[];
}

/** An axis of numbers, along which figures can be drawn. */
export interface FigureAxis extends Axis {
  readonly figure: Exclude<AnyDefinition["figure"], "apart"> & { readonly column: AxisNumber };
}

/** In the order of the columns. */
export const axisList: readonly Axis[] = Object.entries(axes).map(
  ([name, definition]) =>
    ({ ...definition, name, columnNames: Object.keys(definition.columns) }) as unknown as Axis,
);

/** Columns in which rows of one group agree. */
export const groupColumns: readonly AxisColumn[] = axisList
  .filter(({ figure }) => figure === "apart")
  .flatMap(({ columnNames }) => columnNames);

const {
  frameBytes: size,
  window,
  ...others
} = Object.fromEntries(
  axisList.filter(({ figure }) => figure !== "apart").map((one) => [one.name, one]),
) as Record<AxisName, FigureAxis>;

/** Besides the frame size and the window, after which tables and figures are laid out. */
export const otherAxes: readonly FigureAxis[] = Object.values(others);

/** In the order in which tables and figures name them. */
export const axesAsRead: readonly FigureAxis[] = [size, window, ...otherAxes];

/** Fields of the schema of a section. */
export const sectionLists = Object.fromEntries(
  axisList.map(({ list, values }) => [list, values]),
) as unknown as SectionLists;

/** Columns of the schema of a row. */
export const axisColumns = Object.assign(
  {},
  ...axisList.map(({ columns }) => columns),
) as AxisShape;

type Lists = { readonly [List in keyof SectionLists]: z.output<SectionLists[List]> };

/**
 * Every combination of values, the outermost loop first.
 *
 * @param among which axes are varied; of the others no value is in the result
 */
export function combinationsOf(section: Lists, among: readonly Axis[]): Partial<AxisValues>[] {
  const outermostFirst = among.toSorted((a, b) => a.loop - b.loop);
  return outermostFirst.reduce<Partial<AxisValues>[]>(
    (found, { name, list }) =>
      found.flatMap((values) => section[list].map((value) => ({ ...values, [name]: value }))),
    [{}],
  );
}

const asInIds = axisList.toSorted((a, b) => a.id.rank - b.id.rank);

/** "64B/burst64/flows1/window64": the end of a cell's id. */
export function idOf(values: AxisValues): string {
  const parts = asInIds.map(({ name, id }) => id.text(values[name]));
  return parts.filter(Boolean).join("/");
}

/** What the columns of the axes say of a cell. */
export function fieldsOf(cell: AxisValues): AxisFields {
  const fields = axisList.map(({ name, toRow }) => toRow(cell[name], cell));
  return Object.assign({}, ...fields) as AxisFields;
}
