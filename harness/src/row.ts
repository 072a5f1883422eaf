/** One row a cell: what is published. Field names are the CSV's columns, in their order. */
import { z } from "zod";

const count = z.number().int().nonnegative();
/** Empty where nothing was measured. */
const figure = z.number().nonnegative().nullable();
const counted = count.nullable();

export const rowSchema = z.strictObject({
  run_id: z.string().min(1),
  cell: z.string().min(1),
  path: z.string().min(1),
  variant: z.string().min(1),
  place: z.enum(["host", "guest", "hardware"]),
  class: z.enum(["hardware", "virtual", "emulated"]),
  clock: z.enum(["wall", "instructions"]),
  unit: z.enum(["ns/frame", "instructions/frame"]),
  mode: z.enum(["closed-loop"]),
  /** The mean, rounded, of a mix. */
  frame_bytes: count,
  /** The name of a mix of frame sizes; empty when all frames have one size. */
  frame_mix: z.enum(["", "imix"]),
  burst: count,
  flows: count,
  window: count,
  status: z.enum(["measured", "skipped", "failed", "incomplete"]),
  /** Why there is no figure; empty for a measured cell. */
  reason: z.string(),
  /** What stands in for a device, where there is none; empty where frames cross a kernel or a card. */
  stand_in: z.string(),
  trials: count,
  samples: count,
  p10: figure,
  p50: figure,
  p90: figure,
  p99: figure,
  /** p50 of the reference cell of the same place, clock, size and window, divided by p50. */
  speedup_over_reference: figure,
  frames_sent: counted,
  frames_received: counted,
  frames_verified: counted,
  garbage_collections: counted,
  resident_bytes_max: counted,
  cpu_user_us: counted,
  cpu_system_us: counted,
  /** Of the forwarder, over the sampled windows; those of wakeups only tell the kernel to go on. */
  syscalls_per_frame: figure,
  wakeups_per_frame: figure,
  /** Of the measuring thread, of its own accord or not. */
  context_switches_per_frame: figure,
  kernel: z.string(),
  /** Version of the QEMU that the guest ran in, and what it was asked for, less its files; empty on the host. */
  qemu: z.string(),
  guest_command: z.string(),
  cpu_model: z.string(),
  node: z.string(),
  iopath: z.string(),
  revision: z.string(),
  started_at: z.iso.datetime(),
});

export type Row = z.infer<typeof rowSchema>;
export const columns = Object.keys(rowSchema.shape) as (keyof Row)[];

/** The schema that is published beside the rows. */
export function rowJsonSchema(): object {
  return {
    title: "A row of iopath's results.csv",
    ...z.toJSONSchema(rowSchema, { target: "draft-2020-12" }),
  };
}
