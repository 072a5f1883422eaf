/** The cells of a section that are alive at once. */
import { testerOnly } from "../paths/all.ts";
import { reference } from "../paths/loaders.ts";
import { axisList } from "./axis-list.ts";
import type { Cell } from "./cell.ts";

/** Cells that are alive at once, with the reference beside them. */
interface TurnGroup {
  readonly cells: readonly Cell[];
  /** Undefined where the section does not list it: then nothing is paired. */
  readonly reference: Cell | undefined;
}

/**
 * Cells that differ in path and variant alone; more than can be alive at once are parted, and the
 * reference is beside each part.
 *
 * @param lanesMax how many processes may be alive at once
 * @param isWanted cells that are not are left out; the reference stands beside the others all the
 *   same
 */
export function turnGroupsOf(
  cells: readonly Cell[],
  lanesMax: number,
  isWanted: (cell: Cell) => boolean = () => true,
): TurnGroup[] {
  const keyOf = (cell: Cell) => JSON.stringify(axisList.map(({ name }) => cell[name]));
  return [...Map.groupBy(cells, keyOf).values()].flatMap((alike) => {
    const found = alike.find(isReferenceCell);
    const wanted = alike.filter(isWanted);
    // One place for the reference beside a part without it, one for its second process.
    const places = Math.max(1, lanesMax - (found ? 2 : 0));
    const parts = Math.ceil(wanted.length / places);
    const size = Math.ceil(wanted.length / parts);
    return Array.from({ length: parts }, (_, i) => ({
      cells: wanted.slice(i * size, (i + 1) * size),
      reference: found,
    }));
  });
}

function isReferenceCell({ path, variant }: Cell): boolean {
  return path !== testerOnly && path === reference.path && variant === reference.variant;
}
