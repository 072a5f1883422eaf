/** How well speed-ups repeat from run to run, and whether intervals say so. Pure. */
import type { Row } from "@iopath/harness";
import { median } from "simple-statistics";

/** How far a speed-up may lie from the median of all runs, relative. */
const allowed = { kernel: 0.02, memory: 0.08 } as const;
/** The share of cells and runs that are to be within it. */
const shareWanted = 0.95;
const normalQuantile = 1.959964;

interface CellRepeats {
  readonly cell: string;
  /** Of each run. */
  readonly speedUps: readonly number[];
  /** Frames cross no kernel and no device: the wire is memory, or nothing. */
  readonly kind: keyof typeof allowed;
  /** Largest distance from the median of all runs, relative. */
  readonly furthest: number;
  /** In how many runs it is as near as allowed. */
  readonly near: number;
  /** In how many runs the interval holds the median of the others. */
  readonly held: number;
  /** Runs that have an interval of it. */
  readonly judged: number;
}

interface Repeats {
  readonly cells: readonly CellRepeats[];
  readonly runs: number;
  /** Of the reference measured twice: intervals, and those that contain 1. */
  readonly equal: { readonly intervals: number; readonly holdOne: number };
}

/** @param runs rows of whole runs of one matrix, at least two; counted cells are left out */
export function repeatsOf(runs: readonly (readonly Row[])[]): Repeats {
  const [first, ...others] = runs;
  const cells = first!.flatMap((row) => {
    const same = [
      row,
      ...others.flatMap((rows) => rows.find(({ cell }) => cell === row.cell) ?? []),
    ];
    const known = same.filter(hasSpeedUp);
    return known.length === runs.length ? [cellOf(known)] : [];
  });
  const pairs = runs.flat().filter(isReference).filter(hasSpeedUp);
  const sure = pairs.filter(({ speedup_low, speedup_high }) => speedup_low && speedup_high);
  const holdOne = sure.filter((row) => row.speedup_low! <= 1 && 1 <= row.speedup_high!).length;
  return { cells, runs: runs.length, equal: { intervals: sure.length, holdOne } };
}

type Known = Row & { readonly speedup_over_reference: number };

function hasSpeedUp(row: Row): row is Known {
  return row.clock === "wall" && row.speedup_over_reference !== null && row.p50 !== null;
}

function isReference({ path, variant }: Row): boolean {
  return path === "kernel-sockets" && variant === "packet-mmsg";
}

function cellOf(rows: readonly Known[]): CellRepeats {
  const speedUps = rows.map((row) => row.speedup_over_reference);
  const middle = median(speedUps);
  const kind = rows[0]!.stand_in === "" ? "kernel" : "memory";
  const distances = speedUps.map((speedUp) => Math.abs(speedUp / middle - 1));
  const sure = rows.filter(({ speedup_low, speedup_high }) => speedup_low && speedup_high);
  const held = sure.filter((row) => {
    const others = median(speedUps.filter((_, i) => rows[i] !== row));
    return row.speedup_low! <= others && others <= row.speedup_high!;
  });
  return {
    ...{ cell: rows[0]!.cell, speedUps, kind, furthest: Math.max(...distances) },
    near: distances.filter((distance) => distance <= allowed[kind]).length,
    held: held.length,
    judged: sure.length,
  };
}

/** Whether the cells of either kind repeat as is asked. */
export function isRepeatable({ cells, runs }: Repeats): boolean {
  return (["kernel", "memory"] as const).every((kind) => {
    const own = cells.filter((cell) => cell.kind === kind);
    const near = own.reduce((sum, cell) => sum + cell.near, 0);
    return near >= shareWanted * own.length * runs;
  });
}

/** As Markdown. */
export function formatRepeats(repeats: Repeats): string {
  const { cells, runs, equal } = repeats;
  const percent = (part: number, digits = 1) => `${(100 * part).toFixed(digits)} %`;
  const share = (part: number, whole: number) =>
    `${part} of ${whole}${whole > 0 ? ` (${percent(part / whole)})` : ""}`;
  const sum = (list: readonly CellRepeats[], pick: (cell: CellRepeats) => number) =>
    list.reduce((total, cell) => total + pick(cell), 0);
  const ofKind = (kind: keyof typeof allowed) => {
    const own = cells.filter((cell) => cell.kind === kind);
    return share(
      sum(own, (cell) => cell.near),
      own.length * runs,
    );
  };
  const lines = cells.map(({ cell, kind, speedUps, furthest, near, held, judged }) => {
    const figures = speedUps.map((speedUp) => speedUp.toPrecision(4)).join(", ");
    return `| \`${cell}\` | ${kind} | ${figures} | ${percent(furthest)} | ${near} | ${held} of ${judged} |`;
  });
  return [
    `- speed-ups within ${percent(allowed.kernel, 0)} of the median of ${runs} runs, of cells that cross the kernel: ${ofKind("kernel")}`,
    `- within ${percent(allowed.memory, 0)}, of cells whose wire is memory: ${ofKind("memory")}`,
    `- intervals that hold the median of the other runs: ${share(
      sum(cells, (cell) => cell.held),
      sum(cells, (cell) => cell.judged),
    )}; ${percent(shareExpected(runs), 0)} would be right, since that median is not exact either`,
    `- intervals of the reference beside itself that contain 1: ${share(equal.holdOne, equal.intervals)}`,
    "",
    "| cell | wire | speed-up of each run | furthest from the median | near | intervals that hold the others |",
    "|---|---|---|--:|--:|--:|",
    ...lines,
    "",
  ].join("\n");
}

/**
 * How often a 95 % interval of a normal figure holds the median of the other runs: both miss the
 * truth. The median of n such figures has about π/2n of the variance of one; of few it has less,
 * of an even number less still, since it is a mean of two (within 1 % of the exact variances for 3
 * to 7).
 */
export function shareExpected(runs: number): number {
  const others = runs - 1;
  const fewer = others % 2 === 0 ? 2.6 : 0.9;
  const variance = others <= 2 ? 1 / others : Math.PI / (2 * others + fewer);
  return errorFunction(normalQuantile / Math.sqrt(1 + variance) / Math.SQRT2);
}

/** Abramowitz and Stegun, 7.1.26: to 1.5e-7. */
function errorFunction(x: number): number {
  const t = 1 / (1 + 0.3275911 * x);
  const coefficients = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592];
  const sum = coefficients.reduce((total, coefficient) => total * t + coefficient, 0);
  return 1 - sum * t * Math.exp(-x * x);
}
