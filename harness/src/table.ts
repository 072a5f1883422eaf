/** The rows as tables for the terminal: the same figures as the CSV, one line a cell. */
import { styleText } from "node:util";
import Table from "cli-table3";
import { fallbackOf, keyOfGroup } from "./report/groups.ts";
import type { Row } from "./row.ts";
import { standInsOf } from "./rows.ts";

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
  const showFlows = rows.some(({ flows }) => flows !== 1);
  const figures = ["window", "p10", "p50", "p90", "p99", "speed-up"];
  const numbers = ["frame B", ...(showFlows ? ["flows"] : []), ...figures];
  const table = new Table({
    head: ["path", "variant", ...numbers],
    colAligns: ["left", "left", ...numbers.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
    chars: plainBorders,
  });
  for (const [i, row] of rows.entries()) {
    if (startsBlock(row, rows[i - 1])) table.push([]);
    table.push(tableLine(row, dim, showFlows));
  }
  const lines = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  return `${lines.join("\n")}\n\n${legend(rows)}`;
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

/** Cells of one size, window and number of flows can be compared; a blank line parts them from the next. */
function startsBlock(row: Row, before: Row | undefined): boolean {
  if (before === undefined) return false;
  const sameSize = row.frame_bytes === before.frame_bytes && row.frame_mix === before.frame_mix;
  return row.window !== before.window || row.flows !== before.flows || !sameSize;
}

function tableLine(
  row: Row,
  dim: Paint,
  showFlows: boolean,
): (string | { content: string; colSpan: number })[] {
  const size = row.frame_mix || String(row.frame_bytes);
  const variant = row.stand_in ? `${row.variant} †` : `${row.variant}${fallbackOf(row)}`;
  const name = [row.path, variant, size, String(row.flows), String(row.window)];
  if (!showFlows) name.splice(3, 1);
  if (row.p50 === null) {
    const why = `${row.status}: ${row.reason.split("\n")[0]}`;
    return [...name, { content: dim(shorten(why)), colSpan: 5 }];
  }
  const figures = [row.p10, row.p50, row.p90, row.p99].map((value) => numberFormat.format(value!));
  const ratio = row.speedup_over_reference;
  return [...name, ...figures, ratio === null ? "" : `${ratio.toFixed(2)}×`];
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function legend(rows: readonly Row[]): string {
  const { unit, mode, class: kind, place, machine, clock } = rows[0]!;
  const where = machine ? `place ${place}, machine ${machine}` : `place ${place}`;
  return [
    `${unit}, ${mode}, class ${kind} (${where}), clock ${clock}.`,
    "Speed-up: p50 of kernel-sockets/packet-mmsg of the same size and window, divided by p50.",
    "The null path is the tester alone; it is part of every other figure but those marked †.",
    ...standInsOf(rows).map((text) => `† ${text}`),
  ].join("\n");
}
