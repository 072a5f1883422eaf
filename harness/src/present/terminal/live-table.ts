/**
 * The table while a run goes on: the speed-up of each variant with half of its interval, a column
 * for each size and window. It is narrowing while one looks, and the closing table has the rest.
 * All lines and columns are there from the beginning, each as wide as it will be.
 */
import { testerOnly } from "../../paths/all.ts";
import { conditionsOf, varying } from "../../rows/conditions.ts";
import { groupRows, otherKnobs } from "../../rows/groups.ts";
import { noiseText } from "../../rows/noise.ts";
import type { Row } from "../../rows/row.ts";
import { formatHalfWidth } from "../../rows/standing.ts";
import { formatRatio } from "../number-format.ts";
import { cut, plainText } from "./screen.ts";

const gap = "  ";

/** How lines are written: in full, or so that more columns fit. */
interface Style {
  readonly nameOf: (row: Row, rows: readonly Row[]) => string;
  readonly sureness: (row: Row) => string;
  /** Of a column of figures, so that it stays where it is while figures come. */
  readonly figureCells: number;
}

const inFull: Style = {
  nameOf: ({ path, variant }) => `${path} ${variant}`,
  sureness: formatHalfWidth,
  figureCells: "334.70× 1 launch".length,
};

const inShort: Style = {
  nameOf({ path, variant }, rows) {
    if (path === testerOnly) return path;
    const isOfOne = rows.every((row) => row.variant !== variant || row.path === path);
    return isOfOne ? variant : `${path} ${variant}`;
  },
  sureness: (row) => (row.trials === 1 ? "±?" : formatHalfWidth(row).replace(" ", "")),
  figureCells: "334.70× ±0.4%".length,
};

/** @param size of the terminal's part for it; a line says what does not fit */
export function liveTable(
  rows: readonly Row[],
  size: { readonly width: number; readonly lines: number },
): string[] {
  const group = groupRows(rows).find((one) => one.rows.some(({ turns }) => turns !== null));
  if (!group) return [];
  const full = drawIn(inFull, group.rows);
  const fits = full.every((line) => line.length <= size.width);
  const drawn = fits ? full : drawIn(inShort, group.rows);
  const above = noiseText(group.rows);
  const all = [...(above === "" ? [] : [above]), ...drawn].map((line) => cut(line, size.width));
  if (all.length <= size.lines) return all;
  const shown = all.slice(0, Math.max(0, size.lines - 1));
  return shown.length === 0 ? [] : [...shown, `${all.length - shown.length} more lines`];
}

/** The heads, and a line for each variant. */
function drawIn({ nameOf, sureness, figureCells }: Style, rows: readonly Row[]): string[] {
  const figureOf = (row: Row | undefined) => {
    if (!row?.speedup_over_reference) return row ? statusOf(row) : "";
    return `${formatRatio(row.speedup_over_reference)} ${sureness(row)}`.trim();
  };
  const heads = [...new Set(rows.map((row) => headOf(row, rows)))];
  const byVariant = Map.groupBy(rows, ({ path, variant }) => `${path} ${variant}`);
  const lines = [...byVariant.values()].map((own) => [
    plainText(nameOf(own[0]!, rows)),
    ...heads.map((head) => figureOf(own.find((row) => headOf(row, rows) === head))),
  ]);
  const table = [["", ...heads], ...lines];
  const widths = table[0]!.map((_, i) =>
    Math.max(i === 0 ? 0 : figureCells, ...table.map((fields) => fields[i]!.length)),
  );
  return table.map((fields) => drawLine(fields, widths));
}

/** "64 B, w1", and what else varies. */
function headOf(row: Row, rows: readonly Row[]): string {
  const knobs = conditionsOf({ path: testerOnly }, varying(rows, otherKnobs));
  const others = knobs.map((knob) => `, ${knob} ${row[knob]}`).join("");
  return plainText(`${row.frame_mix || `${row.frame_bytes} B`}, w${row.window}${others}`);
}

/** Of a row without a figure: why, or that its turn is yet to come. */
function statusOf({ status }: Row): string {
  return status === "incomplete" || status === "measured" ? "…" : status;
}

function drawLine(fields: readonly string[], widths: readonly number[]): string {
  return fields
    .map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
    .join(gap)
    .trimEnd();
}
