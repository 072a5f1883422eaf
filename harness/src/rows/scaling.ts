/** What more workers bring: the frames per second of all, set against those of one worker. */
import { agree, conditions } from "./conditions.ts";
import type { Row } from "./row.ts";

/** A row of several workers, beside the row of one that differs in nothing else. */
export interface Scaling {
  readonly row: Row;
  /** Of all workers together. */
  readonly framesPerSecond: number;
  /**
   * Frames per second divided by those of one worker: 2 at best for two; null where one was not
   * measured.
   */
  readonly factor: number | null;
}

/** Rows of one worker and of several agree in these. Flows go with workers, as told below. */
const shared: readonly (keyof Row)[] = [
  "path",
  "variant",
  ...conditions.filter((name) => name !== "workers" && name !== "flows"),
];

export function scalingOf(row: Row, rows: readonly Row[]): Scaling | undefined {
  if (!(row.workers > 1) || row.p50 === null || row.clock !== "wall") return undefined;
  const same = (other: Row) => other.workers === 1 && agree(other, row, shared);
  // One flow a worker is the least there can be, so that one flow of one worker goes with it.
  const flows = row.flows === row.workers ? [row.flows, 1] : [row.flows];
  const one = rows.find((other) => same(other) && flows.includes(other.flows));
  const factor = one?.p50 ? (row.workers * one.p50) / row.p50 : null;
  return { row, framesPerSecond: (row.workers * 1e9) / row.p50, factor };
}

/** "1.93 of 2" */
export function formatFactor({ factor, row }: Scaling): string {
  return factor === null ? "" : `${factor.toFixed(2)} of ${row.workers}`;
}
