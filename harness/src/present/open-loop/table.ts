/** The rows of an open loop as tables, for a terminal. */
import {
  cellKeyOf,
  type SearchedCell,
  searchedCells,
} from "../../open-loop/report/over-searches.ts";
import type { LatencyRow, SearchRow } from "../../open-loop/report/row.ts";
import { plainTable } from "../terminal/plain-table.ts";
import { plainText } from "../terminal/screen.ts";
import {
  boundSentences,
  cellNames,
  gigabits,
  hasLine,
  latencyHeads,
  latencyLegend,
  latencyTexts,
  lineShare,
  overSearchesLegend,
  profileLegend,
  rangeTexts,
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
  return plainTable([...head, ...line, "CPU ns/frame", "trials", "s"], lines).join("\n");
}

function formatOverSearches(cells: readonly SearchedCell[]): string {
  const ofGoal = (goal: string) => [`${goal} Mpps`, "from", "to", "spread"];
  const head = ["over searches", "n", ...ofGoal("NDR"), ...ofGoal("PDR")];
  const lines = cells.map(({ name, rows, ndr, pdr }) => [
    ...[name, rows.length],
    ...[ndr, pdr].flatMap(rangeTexts),
  ]);
  return plainTable(head, lines).join("\n");
}

function formatLatencies(rows: readonly LatencyRow[], nameOf: NameOf): string {
  const lines = rows.map((row) => [nameOf(row), ...latencyTexts(row)]);
  return plainTable(latencyHeads, lines).join("\n");
}

function boundsOf(rows: readonly SearchRow[]): string[] {
  const lines = boundSentences(rows).map(({ name, bound }) => `${name}  ${bound}`);
  return lines.length === 0 ? [] : [`What bounds PDR:\n${lines.join("\n")}`];
}
