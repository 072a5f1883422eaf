/**
 * The table while a run goes on: the speed-up of each variant with half of its interval, a column
 * for each size and window. It is narrowing while one looks, and the closing table has the rest.
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

/** @param size of the terminal's part for it; a line says what does not fit */
export function liveTable(
  rows: readonly Row[],
  size: { readonly width: number; readonly lines: number },
): string[] {
  const turning = rows.filter(({ turns }) => turns !== null);
  const [group] = groupRows(turning);
  if (!group) return [];
  const heads = [...new Set(group.rows.map((row) => headOf(row, group.rows)))];
  const byVariant = Map.groupBy(group.rows, ({ path, variant }) => `${path} ${variant}`);
  const lines = [...byVariant].map(([name, own]) => [
    name,
    ...heads.map((head) => figureOf(own.find((row) => headOf(row, group.rows) === head))),
  ]);
  const table = [["", ...heads], ...lines];
  const widths = table[0]!.map((_, i) => Math.max(...table.map((fields) => fields[i]!.length)));
  const drawn = table.map((fields) => cut(drawLine(fields, widths), size.width));
  const above = noiseText(group.rows);
  const all = [...(above === "" ? [] : [cut(above, size.width)]), ...drawn];
  if (all.length <= size.lines) return all;
  const shown = all.slice(0, Math.max(0, size.lines - 1));
  return shown.length === 0 ? [] : [...shown, `${all.length - shown.length} more lines`];
}

/** "64 B, window 1", and what else varies. */
function headOf(row: Row, rows: readonly Row[]): string {
  const knobs = conditionsOf({ path: testerOnly }, varying(rows, otherKnobs));
  const others = knobs.map((knob) => `, ${knob} ${row[knob]}`).join("");
  return plainText(`${row.frame_mix || `${row.frame_bytes} B`}, w${row.window}${others}`);
}

function figureOf(row: Row | undefined): string {
  if (!row?.speedup_over_reference) return row?.status ?? "";
  return `${formatRatio(row.speedup_over_reference)} ${formatHalfWidth(row)}`.trim();
}

function drawLine(fields: readonly string[], widths: readonly number[]): string {
  return fields
    .map((text, i) => (i === 0 ? plainText(text).padEnd(widths[i]!) : text.padStart(widths[i]!)))
    .join(gap)
    .trimEnd();
}
