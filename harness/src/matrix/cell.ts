/** From the config to cells: one cell is one point of the matrix. */

import { type Clock, clockOf } from "@iopath/lab";
import { testerOnly } from "../paths/all.ts";
import { type AxisValues, axisList, combinationsOf, idOf } from "./axis-list.ts";
import { isInTurns } from "./in-turns.ts";
import { placeIdOf } from "./place-axes.ts";
import type { Section } from "./section.ts";

export interface Cell extends AxisValues {
  /**
   * "xdp/native/64B/burst64/flows1/window64", behind "guest/igb/instructions/" and the like where
   * it is not the host's lab, and before "/workers2" where there are several. It is the same in
   * every run, so that runs can be compared by it.
   */
  readonly id: string;
  /** Which section of the config it is of. */
  readonly section: number;
  readonly path: string;
  readonly variant: string;
  /** The cell whose verify pass stands for it: one that differs in no axis that matters there. */
  readonly verifiedAs: string;
}

/**
 * Cells in the order of the table: by section, workers, window, frame size and flows, paths as the
 * config has them.
 */
export function expandMatrix(config: readonly Section[]): Cell[] {
  return config.flatMap(cellsOf);
}

const shared = axisList.filter(({ forwarderOnly }) => !forwarderOnly);
const ofForwarders = axisList.filter(({ forwarderOnly }) => forwarderOnly);

/** Cells that are alive at once are verified once a variant, those that come one by one each. */
function cellsOf(section: Section, index: number): Cell[] {
  const first = new Map<string, string>();
  return pointsOf(section, index).map((cell): Cell => {
    if (!isInTurns(section, cell)) return { ...cell, verifiedAs: cell.id };
    const key = JSON.stringify([
      cell.path,
      cell.variant,
      ...verifyAxes.map(({ name }) => cell[name]),
    ]);
    if (!first.has(key)) first.set(key, cell.id);
    return { ...cell, verifiedAs: first.get(key)! };
  });
}

/** Axes that the verify pass depends on. */
export const verifyAxes = axisList.filter(({ verify }) => verify);

function pointsOf(section: Section, index: number): Omit<Cell, "verifiedAs">[] {
  const variants = Object.entries(section.paths).flatMap(([path, names]) =>
    names.map((variant) => ({ path, variant })),
  );
  const all = combinationsOf(section, ofForwarders);
  const where = placeIdOf(section);
  return combinationsOf(section, shared).flatMap((outer) =>
    variants.flatMap(({ path, variant }) =>
      (path === testerOnly ? all.slice(0, 1) : all).map((inner) => {
        const values = { ...outer, ...inner } as AxisValues;
        const id = [where, path, variant, idOf(values)].filter(Boolean).join("/");
        return { id, section: index, path, variant, ...values };
      }),
    ),
  );
}

/** The clock that each cell is measured with, by the cell's name. */
export function clocksOf(config: readonly Section[]): ReadonlyMap<string, Clock> {
  return new Map(
    expandMatrix(config).map(({ id, section }) => [id, clockOf(config[section]!.place)]),
  );
}
