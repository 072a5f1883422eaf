/** The rows as tables for the terminal: the same figures as the CSV, one line a cell. */
import { styleText } from "node:util";
import Table from "cli-table3";
import { fallbackOf, keyOfGroup } from "./report/groups.ts";
import type { Row } from "./row.ts";
import { standInsOf } from "./rows.ts";
import { formatFactor, scalingOf } from "./scaling.ts";

const numberFormat = new Intl.NumberFormat("en-US", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

type Paint = (text: string) => string;

/**
 * One table for each place, machine and clock: figures of two of them are never ranked together.
 *
 * @param color whether the terminal shows colours; `styleText` heeds NO_COLOR by itself
 */
export function formatTable(rows: readonly Row[], color: boolean): string {
  if (rows.length === 0) return "no rows";
  const groups = [...Map.groupBy(rows, keyOfGroup).values()];
  return groups.map((members) => formatGroup(members, color)).join("\n\n\n");
}

function formatGroup(rows: readonly Row[], color: boolean): string {
  const dim: Paint = (text) => (color ? styleText("dim", text) : text);
  const shown: Shown = {
    flows: rows.some(({ flows }) => flows !== 1),
    workers: rows.some(({ workers }) => workers !== 1),
  };
  const figures = ["window", "p10", "p50", "p90", "p99", "speed-up"];
  const numbers = [
    "frame B",
    ...(shown.flows ? ["flows"] : []),
    ...(shown.workers ? ["workers"] : []),
    ...figures,
    ...(shown.workers ? ["scaling"] : []),
  ];
  const table = new Table({
    head: ["path", "variant", ...numbers],
    colAligns: ["left", "left", ...numbers.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
    chars: plainBorders,
  });
  for (const [i, row] of rows.entries()) {
    if (startsBlock(row, rows[i - 1])) table.push([]);
    table.push(tableLine(row, rows, dim, shown));
  }
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return `${lines.join("\n")}\n\n${legend(rows)}`;
}

/** Columns that are there only where they differ. */
interface Shown {
  readonly flows: boolean;
  readonly workers: boolean;
}

export const plainBorders = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: " ",
};

/** Cells of one size, window, number of flows and of workers can be compared; a blank line parts them. */
function startsBlock(row: Row, before: Row | undefined): boolean {
  if (before === undefined) return false;
  const sameSize = row.frame_bytes === before.frame_bytes && row.frame_mix === before.frame_mix;
  const sameLoad = row.flows === before.flows && row.workers === before.workers;
  return row.window !== before.window || !sameLoad || !sameSize;
}

function tableLine(
  row: Row,
  rows: readonly Row[],
  dim: Paint,
  shown: Shown,
): (string | { content: string; colSpan: number })[] {
  const size = row.frame_mix || String(row.frame_bytes);
  const variant = row.stand_in ? `${row.variant} †` : `${row.variant}${fallbackOf(row)}`;
  const flows = shown.flows ? [String(row.flows)] : [];
  const workers = shown.workers ? [String(row.workers)] : [];
  const name = [row.path, variant, size, ...flows, ...workers, String(row.window)];
  if (row.p50 === null) {
    const why = `${row.status}: ${row.reason.split("\n")[0]}`;
    return [...name, { content: dim(shorten(why)), colSpan: shown.workers ? 6 : 5 }];
  }
  const figures = [row.p10, row.p50, row.p90, row.p99].map((value) => numberFormat.format(value!));
  const ratio = row.speedup_over_reference;
  const scaling = scalingOf(row, rows);
  return [
    ...name,
    ...figures,
    ratio === null ? "" : `${ratio.toFixed(2)}×`,
    ...(shown.workers ? [scaling ? formatFactor(scaling) : ""] : []),
  ];
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

const scalingLegend =
  "Scaling: frames a second of all workers together, divided by those of one worker.";

function legend(rows: readonly Row[]): string {
  const { unit, mode, class: kind, place, machine, clock } = rows[0]!;
  const where = machine ? `place ${place}, machine ${machine}` : `place ${place}`;
  return [
    `${unit}, ${mode}, class ${kind} (${where}), clock ${clock}.`,
    "Speed-up: p50 of kernel-sockets/packet-mmsg of the same size and window, divided by p50.",
    "The null path is the tester alone; it is part of every other figure but those marked †.",
    ...(rows.some(({ workers }) => workers > 1) ? [scalingLegend] : []),
    ...standInsOf(rows).map((text) => `† ${text}`),
  ].join("\n");
}
