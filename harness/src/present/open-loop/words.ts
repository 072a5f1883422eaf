/** Figures of an open loop in words and digits, the same in table, Markdown and page. */
import type { QuantileName } from "../../open-loop/latency.ts";
import { quantileNames } from "../../open-loop/latency.ts";
import {
  cellKeyOf,
  type RateOverSearches,
  type SearchedCell,
  searchedCells,
} from "../../open-loop/report/over-searches.ts";
import type { LatencyRow, SearchRow } from "../../open-loop/report/row.ts";

/** Preamble, start of frame and gap between frames: what a frame takes on a wire besides itself. */
const layer1ExtraBytes = 20;

/** Gbit/s of so many frames a second: of frames alone (L2), or with what a wire needs (L1). */
export function gigabits(fps: number, frameBytes: number, layer: 1 | 2): number {
  return (fps * (frameBytes + (layer === 1 ? layer1ExtraBytes : 0)) * 8) / 1e9;
}

/** "83 %" of what the egress's link carries; empty where there is no such link. */
export function lineShare(fps: number | null, { line_mbits, frame_bytes }: SearchRow): string {
  if (fps === null || line_mbits === null) return "";
  return `${Math.round((100 * 1000 * gigabits(fps, frame_bytes, 1)) / line_mbits)} %`;
}

export function hasLine(rows: readonly SearchRow[]): boolean {
  return rows.some(({ line_mbits }) => line_mbits !== null);
}

/** In millions per second. */
export function megaframes(fps: number): string {
  return (fps / 1e6).toFixed(3);
}

/** "1.234", "≥1.234" where no bound was found above, "none" where each load loses. */
export function rateText(fps: number | null, irregular: SearchRow["ndr_irregular"]): string {
  if (fps === null) return irregular === "no lower bound" ? "none" : "?";
  if (irregular === "no upper bound") return `≥${megaframes(fps)}`;
  return irregular === "" ? megaframes(fps) : `${megaframes(fps)}?`;
}

export function micros(ns: number): string {
  return (ns / 1000).toFixed(ns < 100_000 ? 1 : 0);
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

/**
 * What a cell's searches come to: how many, NDR, PDR, PDR in Gbit/s at L1 and L2, nanoseconds of
 * CPU per frame.
 *
 * @param onLine whether the share of the line rate stands before the last
 */
export function cellTexts({ rows, first, ndr, pdr }: SearchedCell, onLine: boolean): string[] {
  const bits = (layer: 1 | 2) =>
    pdr.median === null ? "" : gigabits(pdr.median, first.frame_bytes, layer).toFixed(3);
  return [
    ...[String(rows.length), ...rangeTexts(ndr), ...rangeTexts(pdr), bits(1), bits(2)],
    ...(onLine ? [lineShare(pdr.median, first)] : []),
    String(rows.at(-1)!.cpu_ns_per_frame ?? ""),
  ];
}

/** Of a table of latencies. */
export const latencyHeads: readonly [string, ...string[]] = [
  "latency, µs",
  ...["load", "Mpps", "p50", "p90", "p99", "p99.9", "p99.99", "max"],
  "floor p99.9",
];

/** What stands behind the cell's name in it. */
export function latencyTexts(row: LatencyRow): string[] {
  return [
    ...[row.load, megaframes(row.load_fps), ...quantileTexts(row)],
    ...[micros(row.max_ns ?? 0), micros(row.floor_p999_ns ?? 0)],
  ];
}

/** In microseconds, with a `*` where the machine alone can be more than half of it. */
function quantileTexts(row: LatencyRow): string[] {
  return quantileNames.map((name) => {
    const value = row[`${name}_ns`];
    return value === null ? "" : `${micros(value)}${isUsable(row, name) ? "" : "*"}`;
  });
}

export function isUsable({ usable_to }: LatencyRow, name: QuantileName): boolean {
  return quantileNames.indexOf(name) <= quantileNames.indexOf(usable_to as QuantileName);
}

/** How thoroughly it was searched, and what NDR and PDR are. */
export function profileLegend(rows: readonly SearchRow[]): string {
  const strict = rows.every(({ profile }) => profile === "rfc2544-strict");
  const which = strict
    ? "Trials of 60 s, as in RFC 2544."
    : "Profile quick: short trials, no RFC 2544; `--profile rfc2544-strict` takes hours.";
  return `${which} NDR loses nothing, PDR 0.5 % at most (RFC 9971).`;
}

export const rateSigns =
  "≥: the generator's limit, the device's is above; ?: the search ended before the bounds were narrow.";

export const overSearchesLegend =
  "Over searches: the median, from the lowest lower to the highest upper bound; spread: highest less lowest, by the median.";

/** What the bounds of single searches do not know; empty where there are several of each. */
export function singleSearchNote(rows: readonly SearchRow[]): string {
  const single = searchedCells(rows).some(({ rows: own }) => own.length === 1);
  return single
    ? "The bounds of a single search know nothing of the next one: `--searches 3`."
    : "";
}

export const latencyLegend =
  "*: more than half of it can be the machine's own: so long is a CPU taken away without traffic (floor).";

/** What is wrong and what to do have lines of their own where they come first. */
export function reasonText({ reason }: SearchRow): string {
  return reason.replaceAll("\n", "; ");
}

/** A sentence a cell, that of its last search. */
export function boundSentences(
  rows: readonly SearchRow[],
): { readonly name: string; readonly bound: string }[] {
  return searchedCells(rows).map(({ name, rows: own }) => ({ name, bound: own.at(-1)!.bound }));
}

/** By the key of a row, what its cell is called beside the others. */
export function cellNames(rows: readonly SearchRow[]): ReadonlyMap<string, string> {
  return new Map(searchedCells(rows).map(({ name, first }) => [cellKeyOf(first), name]));
}
