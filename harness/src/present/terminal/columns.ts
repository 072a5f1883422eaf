/** The columns of a table for the terminal: names, figures that fit, and how they are drawn. */
import Table from "cli-table3";
import { otherAxes } from "../../matrix/axis-list.ts";
import { testerOnly } from "../../paths/all.ts";
import { varying } from "../../rows/conditions.ts";
import { fallbackOf, type Group } from "../../rows/groups.ts";
import type { Row } from "../../rows/row.ts";
import { formatFactor, scalingOf } from "../../rows/scaling.ts";
import { formatHalfWidth, ranksOf, rankText } from "../../rows/standing.ts";
import { formatFine, formatRatio } from "../number-format.ts";
import { plainBorders } from "./plain-table.ts";
import { plainText } from "./screen.ts";

interface Column {
  readonly head: string;
  readonly align: "left" | "right";
  readonly text: (row: Row) => string;
}

export function nameColumns(group: Group): Column[] {
  const varied = otherAxes.filter(
    ({ forwarderOnly, columnNames }) =>
      forwarderOnly && varying(group.rows, columnNames).length > 0,
  );
  return [
    { head: "path", align: "left", text: ({ path }) => plainText(path) },
    { head: "variant", align: "left", text: variantOf },
    ...varied.map(
      ({ short, figure: { column } }): Column => ({
        head: short,
        align: "right",
        text: (row) => (row.path === testerOnly ? "" : String(row[column])),
      }),
    ),
  ];
}

function variantOf(row: Row): string {
  if (row.path === testerOnly) return "";
  return plainText(row.stand_in ? `${row.variant} †` : `${row.variant}${fallbackOf(row)}`);
}

/**
 * As many columns of figures as there is room for; the median and the speed-up are never left out.
 */
export function fittingFigures(rows: readonly Row[], group: Group, room: number): Column[] {
  const measured = rows.filter(({ p50 }) => p50 !== null);
  const quantile = (head: "p10" | "p50" | "p90" | "p99"): Column => ({
    head,
    align: "right",
    text: (row) => (row.p50 === null ? "" : formatFine(row[head]!)),
  });
  const speedUp: Column = {
    head: "speed-up",
    align: "right",
    text: (row) => formatRatio(row.speedup_over_reference),
  };
  const scaling: Column = {
    head: "scaling",
    align: "right",
    text: (row) => factorOf(row, group.rows),
  };
  const sure = sureColumns(rows);
  const last = rows.some(({ workers }) => workers > 1) ? [scaling] : [];
  const choices = [
    ["p10", "p50", "p90", "p99"],
    ["p10", "p50", "p99"],
    ["p10", "p50"],
    ["p50"],
  ] as const;
  const sets = [
    ...choices.map((heads) => [...heads.map(quantile), speedUp, ...sure, ...last]),
    [quantile("p10"), quantile("p50"), speedUp, ...last],
  ];
  const fits = sets.find((set) => widthOf(measured, set) <= room);
  return fits ?? [quantile("p50"), speedUp, ...last];
}

/** How sure the speed-up is, and which place that leaves a row; none where nothing is known. */
function sureColumns(rows: readonly Row[]): Column[] {
  const ranks = ranksOf(rows);
  const all: Column[] = [
    { head: "±", align: "right", text: formatHalfWidth },
    { head: "rank", align: "right", text: (row) => rankText(ranks, row) },
  ];
  return all.filter(({ text }) => rows.some((row) => text(row) !== ""));
}

function factorOf(row: Row, rows: readonly Row[]): string {
  const scaling = scalingOf(row, rows);
  return scaling ? formatFactor(scaling) : "";
}

/** The head, then one line per row, all of one length. */
export function draw(rows: readonly Row[], columns: readonly Column[]): string[] {
  const table = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align),
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": 2 },
    chars: { ...plainBorders, middle: "" },
  });
  table.push(...rows.map((row) => columns.map(({ text }) => text(row))));
  return table.toString().split("\n");
}

export function widthOf(rows: readonly Row[], columns: readonly Column[]): number {
  return columns.length === 0 ? 0 : draw(rows, columns)[0]!.length;
}
