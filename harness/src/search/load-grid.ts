/**
 * The loads that a search may ask for: few enough that its goals meet at the same ones, and each in
 * the same relation to the next, since the width of a goal is a relation.
 */

interface LoadGrid {
  /** Of the highest load; the lowest has 0. */
  readonly top: number;
  /** Frames per second. */
  loadOf(index: number): number;
  /** The highest index whose load is not above this one; 0 for a lower one. */
  indexOf(load: number): number;
  /** How many steps bounds may be apart for a goal of this width. */
  stepsOf(width: number): number;
}

/** @param width of the narrowest goal: two neighbours are no further apart */
export function loadGrid(minLoad: number, maxLoad: number, width: number): LoadGrid {
  const span = Math.log(maxLoad / minLoad);
  const top = Math.max(1, Math.ceil(span / -Math.log1p(-width)));
  const step = span / top;
  const loadOf = (index: number) => Math.round(minLoad * Math.exp(step * index));
  return {
    top,
    loadOf,
    indexOf: (load) => {
      const near = Math.min(top, Math.max(0, Math.round(Math.log(load / minLoad) / step)));
      return near > 0 && loadOf(near) > load ? near - 1 : near;
    },
    stepsOf: (wide) => Math.max(1, Math.floor(-Math.log1p(-wide) / step + 1e-6)),
  };
}
