/** What is to be seen first: how each path stands to the reference of the same place. */
import { testerOnly } from "../paths/all.ts";
import { type Group, headlineRows, markedVariant } from "./groups.ts";
import type { Row } from "./row.ts";
import { cheapestOf } from "./standing.ts";

export interface PathLine {
  readonly path: string;
  /** Measured, with a ratio; those that cross a kernel or a device, or all where none does. */
  readonly variants: readonly Row[];
  /** The one that costs least. */
  readonly best: Row | undefined;
  /** That one, and those that can't be told apart from it. */
  readonly cheapest: readonly Row[];
  /** Why it is missing. */
  readonly missing: string;
}

interface Glance {
  readonly lines: readonly PathLine[];
  /** "64 bytes · window 64 · ns/frame". */
  readonly scope: string;
  /** What chooses its rows in the page's table. */
  readonly filter: string;
}

/**
 * The smallest frames, most of them on the way; undefined where a group has nothing but the tester.
 */
export function glanceOf(group: Group): Glance | undefined {
  const { rows, windows, filter } = headlineRows(group);
  const window = windows.at(-1)!;
  const lines = linesOf(rows.filter((row) => row.path !== testerOnly && row.window === window));
  if (lines.length === 0) return undefined;
  const { unit, frame_mix: mix, frame_bytes: bytes } = rows[0]!;
  const scope = `${mix || `${bytes} bytes`} · window ${window} · ${unit}`;
  return { lines, scope, filter: `${filter} window=${window}` };
}

function linesOf(rows: readonly Row[]): PathLine[] {
  return [...Map.groupBy(rows, ({ path }) => path)].map(([path, members]) => {
    const measured = members.filter((row) => row.p50 && row.speedup_over_reference);
    const real = measured.filter(({ stand_in }) => stand_in === "");
    const variants = real.length > 0 ? real : measured;
    const cheapest = cheapestOf(variants);
    const [best] = cheapest;
    const missing = [...new Set(members.map(({ status }) => status))].join(", ");
    return { path, variants, best, cheapest, missing: measured.length > 0 ? "" : missing };
  });
}

/** "native", or "native, tc" where nothing says which of them costs less. */
export function namesOfCheapest({ cheapest, missing }: PathLine): string {
  return cheapest.length > 0 ? cheapest.map(markedVariant).join(", ") : missing;
}
