/**
 * The columns of numbers, each with its unit: files in other shapes than one row per cell are made
 * of them.
 */
import type { AxisColumn } from "../matrix/axis-list.ts";
import { columns, type Row } from "../rows/row.ts";

type Measure = {
  [Name in keyof Row]: NonNullable<Row[Name]> extends number ? Name : never;
}[Exclude<keyof Row, AxisColumn>];

/**
 * Empty where the row's own `unit` says it. A new column of numbers does not compile without its
 * unit.
 */
const units: Record<Measure, string> = {
  trials: "trials",
  samples: "samples",
  p10: "",
  p50: "",
  p90: "",
  p99: "",
  speedup_over_reference: "ratio",
  p50_low: "",
  p50_high: "",
  speedup_low: "ratio",
  speedup_high: "ratio",
  turns: "turns",
  turns_discarded: "turns",
  turn_spread: "ratio",
  width: "ratio",
  clock_ns: "ns",
  windows_per_sample: "windows",
  frames_sent: "frames",
  frames_received: "frames",
  frames_verified: "frames",
  garbage_collections: "collections",
  resident_bytes_max: "bytes",
  cpu_user_us: "us",
  cpu_system_us: "us",
  syscalls_per_frame: "syscalls/frame",
  wakeups_per_frame: "wakeups/frame",
  context_switches_per_frame: "switches/frame",
};

/** In the order of the columns. */
export const measures = columns
  .filter((name): name is Measure => name in units)
  .map((name) => ({ name, unit: units[name] }));
