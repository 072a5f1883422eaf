/**
 * Columns that rows have to agree in before their figures stand side by side, made of the tables of
 * axes.
 */
import { axisList } from "../matrix/axis-list.ts";
import { placeAxisList } from "../matrix/place-axes.ts";
import { testerOnly } from "../paths/all.ts";
import type { Row } from "./row.ts";

/**
 * Where a row was measured and how: figures that differ in one of these are never ranked together.
 */
export const placeConditions: readonly (keyof Row)[] = placeAxisList.map(({ name }) => name);

/** What a cell is besides its path and variant. */
export const cellConditions: readonly (keyof Row)[] = axisList.flatMap((axis) => axis.columnNames);

/** All of them, in the order of the columns. */
export const conditions: readonly (keyof Row)[] = [...placeConditions, ...cellConditions];

/** Conditions that the tester alone does not have: its row stands beside those of any value. */
const ofForwarders: readonly (keyof Row)[] = axisList
  .filter(({ forwarderOnly }) => forwarderOnly)
  .flatMap((axis) => axis.columnNames);

/** The columns of these in which a row of the path can differ from another. */
export function conditionsOf(
  { path }: Pick<Row, "path">,
  among: readonly (keyof Row)[] = conditions,
): (keyof Row)[] {
  return among.filter((name) => path !== testerOnly || !ofForwarders.includes(name));
}

/** Equal for rows that agree in all of the columns. */
export function keyOf(row: Row, columns: readonly (keyof Row)[]): string {
  return JSON.stringify(columns.map((name) => row[name]));
}

export function agree(a: Row, b: Row, columns: readonly (keyof Row)[]): boolean {
  return columns.every((name) => a[name] === b[name]);
}

/** Those of the columns in which the rows differ. */
export function varying<Name extends keyof Row>(
  rows: readonly Row[],
  columns: readonly Name[],
): Name[] {
  return columns.filter((name) => rows.some((row) => row[name] !== rows[0]![name]));
}
