/** What each column of a row is for: files in other shapes than one row a cell are made by it. */
import { columns, type Row } from "../rows/row.ts";

/**
 * - `subject`: what was measured, named by path and variant
 * - `condition`: figures that differ in it can't be set side by side
 * - `context`: how it went and where, in words
 * - a unit: a number that was measured or counted; "" where the row's own `unit` says it
 */
type Role = "subject" | "condition" | "context" | { readonly unit: string };

const rowUnit = { unit: "" };

/** A new column is given its role here; without one nothing compiles. */
export const roles = {
  run_id: "context",
  cell: "context",
  path: "subject",
  variant: "subject",
  place: "condition",
  machine: "condition",
  class: "condition",
  clock: "condition",
  unit: "condition",
  mode: "condition",
  frame_bytes: "condition",
  frame_mix: "condition",
  burst: "condition",
  flows: "condition",
  workers: "condition",
  window: "condition",
  status: "context",
  reason: "context",
  stand_in: "context",
  device_mode: "context",
  trials: { unit: "trials" },
  samples: { unit: "samples" },
  p10: rowUnit,
  p50: rowUnit,
  p90: rowUnit,
  p99: rowUnit,
  speedup_over_reference: { unit: "ratio" },
  frames_sent: { unit: "frames" },
  frames_received: { unit: "frames" },
  frames_verified: { unit: "frames" },
  garbage_collections: { unit: "collections" },
  resident_bytes_max: { unit: "bytes" },
  cpu_user_us: { unit: "us" },
  cpu_system_us: { unit: "us" },
  syscalls_per_frame: { unit: "syscalls/frame" },
  wakeups_per_frame: { unit: "wakeups/frame" },
  context_switches_per_frame: { unit: "switches/frame" },
  kernel: "context",
  qemu: "context",
  guest_command: "context",
  cpu_model: "context",
  node: "context",
  iopath: "context",
  revision: "context",
  started_at: "context",
} as const satisfies Record<keyof Row, Role>;

export const conditions = columns.filter((name) => roles[name] === "condition");

type NumberColumn = { [K in keyof Row]: NonNullable<Row[K]> extends number ? K : never }[keyof Row];

/** Columns of numbers, each with its unit. */
export const measures = columns.flatMap((name) => {
  const role: Role = roles[name];
  return typeof role === "object" ? [{ name: name as NumberColumn, unit: role.unit }] : [];
});
