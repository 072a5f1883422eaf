/** The rows of an open loop as tables, for a terminal. */
import Table from "cli-table3";
import {
  cellKeyOf,
  type RateOverSearches,
  type SearchedCell,
  searchedCells,
} from "../../open-loop/report/over-searches.ts";
import type { LatencyRow, SearchRow } from "../../open-loop/report/row.ts";
import { plainBorders } from "../terminal/plain-borders.ts";
import { plainText } from "../terminal/screen.ts";
import {
  boundSentences,
  cellNames,
  gigabits,
  hasLine,
  latencyLegend,
  lineShare,
  megaframes,
  micros,
  overSearchesLegend,
  profileLegend,
  quantileTexts,
  rateSigns,
  rateText,
  reasonText,
  singleSearchNote,
} from "./words.ts";

export function formatOpenLoop(
  rows: readonly SearchRow[],
  latencies: readonly LatencyRow[],
): string {
  const names = cellNames(rows);
  const nameOf = (row: SearchRow | LatencyRow) => names.get(cellKeyOf(row)) ?? "";
  const measured = rows.filter(({ status }) => status === "measured");
  const cells = searchedCells(measured).filter((cell) => cell.rows.length > 1);
  const parts = [
    ...(measured.length === 0 ? [] : [formatRates(measured, nameOf), ratesNote(measured)]),
    ...(cells.length === 0 ? [] : [formatOverSearches(cells), overSearchesLegend]),
    ...(latencies.length === 0 ? [] : [formatLatencies(latencies, nameOf), latencyLegend]),
    ...boundsOf(measured),
    ...rows
      .filter(({ status }) => status !== "measured")
      .map((row) => `${nameOf(row)}  ${row.status}: ${plainText(reasonText(row))}`),
  ];
  return parts.join("\n\n");
}

function ratesNote(measured: readonly SearchRow[]): string {
  return [profileLegend(measured), rateSigns, singleSearchNote(measured)].join(" ").trimEnd();
}

type NameOf = (row: SearchRow | LatencyRow) => string;

function formatRates(rows: readonly SearchRow[], nameOf: NameOf): string {
  const head = ["cell", "search", "NDR Mpps", "PDR Mpps", "PDR Gbit/s L1", "L2"];
  const onLine = hasLine(rows);
  const lines = rows.map((row) => {
    const { pdr_fps: pdr, frame_bytes: bytes } = row;
    return [
      nameOf(row),
      row.search,
      rateText(row.ndr_fps, row.ndr_irregular),
      rateText(pdr, row.pdr_irregular),
      pdr === null ? "" : gigabits(pdr, bytes, 1).toFixed(3),
      pdr === null ? "" : gigabits(pdr, bytes, 2).toFixed(3),
      ...(onLine ? [lineShare(pdr, row)] : []),
      row.cpu_ns_per_frame ?? "",
      row.trials,
      row.search_seconds ?? "",
    ];
  });
  const line = onLine ? ["of line rate"] : [];
  return tableOf([...head, ...line, "CPU ns/frame", "trials", "s"], lines);
}

function formatOverSearches(cells: readonly SearchedCell[]): string {
  const ofGoal = (goal: string) => [`${goal} Mpps`, "from", "to", "spread"];
  const head = ["over searches", "n", ...ofGoal("NDR"), ...ofGoal("PDR")];
  return tableOf(
    head,
    cells.map(({ name, rows, ndr, pdr }) => [name, rows.length, ...[ndr, pdr].flatMap(rangeTexts)]),
  );
}

/** The median, from, to, and the spread. */
export function rangeTexts({ median, low, high, spread }: RateOverSearches): string[] {
  return [
    median === null ? "none" : megaframes(median),
    low === null ? "" : megaframes(low),
    high === null ? "open" : megaframes(high),
    spread === null ? "" : `${(100 * spread).toFixed(1)} %`,
  ];
}

function formatLatencies(rows: readonly LatencyRow[], nameOf: NameOf): string {
  const head = ["latency, µs", "load", "Mpps", "p50", "p90", "p99", "p99.9", "p99.99", "max"];
  const lines = rows.map((row) => [
    ...[nameOf(row), row.load, megaframes(row.load_fps), ...quantileTexts(row)],
    ...[micros(row.max_ns ?? 0), micros(row.floor_p999_ns ?? 0)],
  ]);
  return tableOf([...head, "floor p99.9"], lines);
}

function boundsOf(rows: readonly SearchRow[]): string[] {
  const lines = boundSentences(rows).map(({ name, bound }) => `${name}  ${bound}`);
  return lines.length === 0 ? [] : [`What bounds PDR:\n${lines.join("\n")}`];
}

function tableOf(head: readonly string[], lines: readonly (string | number)[][]): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    chars: plainBorders,
  });
  table.push(...lines);
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
