/**
 * What a gate needs of a row: a figure, and what it depends on. A baseline keeps no more than that.
 * The figure is p10: half of the windows of many cells hold a timer tick, so that their median lies
 * between two modes and jumps, while the windows that nothing disturbed repeat.
 */
import { z } from "zod";
import { rowSchema } from "../../rows/row.ts";

export const gateRowSchema = rowSchema.pick({
  cell: true,
  place: true,
  clock: true,
  unit: true,
  status: true,
  reason: true,
  samples: true,
  p10: true,
  kernel: true,
  qemu: true,
  guest_command: true,
  cpu_model: true,
  node: true,
  iopath: true,
  revision: true,
  started_at: true,
});

export type GateRow = z.infer<typeof gateRowSchema>;

export const baselineRowSchema = z.object({
  ...gateRowSchema.omit({ status: true, reason: true }).shape,
  p10: z.number().positive(),
});

export type BaselineRow = z.infer<typeof baselineRowSchema>;

/** A row that has a figure, as a baseline keeps it. */
export function toBaselineRow({
  status,
  reason: _reason,
  ...row
}: GateRow): BaselineRow | undefined {
  return status === "measured" && row.p10 ? { ...row, p10: row.p10 } : undefined;
}
