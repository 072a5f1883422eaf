/**
 * The figures of one launch of cells that were measured in turns, those of the paired gate as well,
 * whose cells are two revisions. In each turn the cell and the
 * reference had a slice within a fraction of a second, in an order drawn by lot: what the machine
 * did then is in both, and their ratio is free of it.
 */
import { quantileSorted } from "simple-statistics";

/** What a slice cost: of its windows, without those that something interrupted. */
export function sliceCost(windowsNs: readonly number[]): number {
  return quantileSorted(
    windowsNs.toSorted((a, b) => a - b),
    sliceQuantile,
  );
}

/**
 * Of the windows of a slice: low, since what disturbs only ever adds time; not the lowest, which
 * repeats worse.
 */
const sliceQuantile = 0.25;

/** What slices cost, turn by turn: lists of one length. */
interface PairedSlices {
  readonly costsNs: readonly number[];
  readonly referenceNs: readonly number[];
}

/** What a launch says of a cell: one observation. */
export interface LaunchFigure {
  /** log of the speed-up, or of the cost where there is no reference. */
  readonly log: number;
  readonly isPaired: boolean;
}

/** Undefined for a launch without a turn. */
export function figureOfLaunch(slices: PairedSlices): LaunchFigure | undefined {
  const ratio = ratioOfTurns(slices);
  if (ratio) return { log: ratio.log, isPaired: true };
  if (slices.costsNs.length === 0) return undefined;
  return { log: Math.log(medianOf(slices.costsNs)), isPaired: false };
}

export function medianOf(values: readonly number[]): number {
  return quantileSorted(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

interface LaunchRatio {
  /** log(reference / cell): the median over the turns. */
  readonly log: number;
  /** Between the turns: the distance of the quartiles, relative. */
  readonly spread: number;
}

/** log(reference / cell) of each turn that has both. */
export function logsOfTurns({ costsNs, referenceNs }: PairedSlices): number[] {
  return costsNs.map((cost, turn) => Math.log(referenceNs[turn]! / cost)).filter(Number.isFinite);
}

/** Undefined where no turn has both. */
export function ratioOfTurns(slices: PairedSlices): LaunchRatio | undefined {
  const logs = logsOfTurns(slices).sort((a, b) => a - b);
  if (logs.length === 0) return undefined;
  const [low, log, high] = [0.25, 0.5, 0.75].map((q) => quantileSorted(logs, q)) as [
    number,
    number,
    number,
  ];
  return { log, spread: Math.expm1(high - low) };
}
