/** The rows of an open loop as tables, for a terminal. */
import Table from "cli-table3";
import type { QuantileName } from "../latency.ts";
import { quantileNames } from "../latency.ts";
import type { LatencyRow, SearchRow } from "./row.ts";

/** Preamble, start of frame and gap between frames: what a frame takes on a wire besides itself. */
const layer1ExtraBytes = 20;
const borders = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left"],
    ...["bottom-right", "left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ].map((name) => [name, ""]),
);

/** Gbit/s of so many frames a second: of frames alone (L2), or with what a wire needs (L1). */
export function gigabits(fps: number, frameBytes: number, layer: 1 | 2): number {
  return (fps * (frameBytes + (layer === 1 ? layer1ExtraBytes : 0)) * 8) / 1e9;
}

export function formatOpenLoop(
  rows: readonly SearchRow[],
  latencies: readonly LatencyRow[],
): string {
  const measured = rows.filter(({ status }) => status === "measured");
  const parts = [
    ...(measured.length === 0 ? [] : [formatRates(measured), legendOf(measured)]),
    ...(latencies.length === 0 ? [] : [formatLatencies(latencies), latencyLegend]),
    ...boundsOf(measured),
    ...rows
      .filter(({ status }) => status !== "measured")
      .map(({ path, variant, status, reason }) => `${path}/${variant}  ${status}: ${reason}`),
  ];
  return parts.join("\n\n");
}

function formatRates(rows: readonly SearchRow[]): string {
  const table = newTable([
    ...["variant", "bytes", "search", "NDR Mpps", "PDR Mpps", "PDR Gbit/s L1", "L2"],
    ...["CPU ns/frame", "trials", "s"],
  ]);
  for (const row of rows) {
    const { pdr_fps: pdr, frame_bytes: bytes } = row;
    table.push([
      nameOf(row),
      bytes,
      row.search,
      rateOf(row.ndr_fps, row.ndr_irregular),
      rateOf(pdr, row.pdr_irregular),
      pdr === null ? "" : gigabits(pdr, bytes, 1).toFixed(3),
      pdr === null ? "" : gigabits(pdr, bytes, 2).toFixed(3),
      row.cpu_ns_per_frame ?? "",
      row.trials,
      row.search_seconds ?? "",
    ]);
  }
  return linesOf(table);
}

/** "1.234", "≥1.234" where no bound was found above, "none" where each load loses. */
function rateOf(fps: number | null, irregular: SearchRow["ndr_irregular"]): string {
  if (fps === null) return irregular === "no lower bound" ? "none" : "?";
  const mega = (fps / 1e6).toFixed(3);
  if (irregular === "no upper bound") return `≥${mega}`;
  return irregular === "" ? mega : `${mega}?`;
}

function legendOf(rows: readonly SearchRow[]): string {
  const strict = rows.every(({ profile }) => profile === "rfc2544-strict");
  const signs =
    "≥: the generator's limit, the device's is above; ?: the time was up before the bounds were narrow";
  const which = strict
    ? "Trials of 60 s, as in RFC 2544."
    : "Profile quick: short trials, no RFC 2544; `--profile rfc2544-strict` takes hours.";
  return `${which} NDR loses nothing, PDR 0.5 % at most (RFC 9971). ${signs}.`;
}

function formatLatencies(rows: readonly LatencyRow[]): string {
  const table = newTable([
    ...["latency, µs", "bytes", "load", "Mpps", "p50", "p90", "p99", "p99.9", "p99.99", "max"],
    "floor p99.9",
  ]);
  for (const row of rows) {
    const usable = quantileNames.indexOf(row.usable_to as QuantileName);
    const values = quantileNames.map((name, i) => {
      const value = row[`${name}_ns`];
      return value === null ? "" : `${micros(value)}${i > usable ? "*" : ""}`;
    });
    table.push([
      ...[nameOf(row), row.frame_bytes, row.load, (row.load_fps / 1e6).toFixed(3), ...values],
      ...[micros(row.max_ns ?? 0), micros(row.floor_p999_ns ?? 0)],
    ]);
  }
  return linesOf(table);
}

const latencyLegend =
  "*: more than half of it can be the machine's own: so long is a CPU taken away without traffic (floor).";

function boundsOf(rows: readonly SearchRow[]): string[] {
  const last = new Map(rows.map((row) => [`${nameOf(row)} ${row.frame_bytes}`, row]));
  const lines = [...last.values()].map((row) => `${nameOf(row)}  ${row.bound}`);
  return lines.length === 0 ? [] : [`What bounds PDR:\n${lines.join("\n")}`];
}

function nameOf({ path, variant }: Pick<SearchRow, "path" | "variant">): string {
  return `${path}/${variant}`;
}

function micros(ns: number): string {
  return (ns / 1000).toFixed(ns < 100_000 ? 1 : 0);
}

function newTable(head: readonly string[]) {
  return new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    chars: { ...borders, middle: " " },
  });
}

function linesOf(table: { toString(): string }): string {
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}
