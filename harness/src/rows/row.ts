/** One row per cell: what is published. Field names are the CSV's columns, in their order. */
import { tiers } from "@iopath/native";
import { z } from "zod";
import { axisColumns } from "../matrix/axis-list.ts";
import { placeColumns } from "../matrix/place-axes.ts";
import { reference, testerOnly, testerOnlyVariant } from "../paths/loaders.ts";

const count = z.number().int().nonnegative();
/** Empty where nothing was measured. */
const figure = z.number().nonnegative().nullable();
const counted = count.nullable();

/** The descriptions are published in the schema and in docs/columns.md. */
export const rowSchema = z.strictObject({
  run_id: z.string().min(1).describe("The run, by the second it began in (UTC)."),
  cell: z
    .string()
    .min(1)
    .describe("Name of the cell; stable from run to run, so that runs can be compared by it."),
  path: z
    .string()
    .min(1)
    .describe(`The path; \`${testerOnly}\` is the tester alone, without a forwarder.`),
  variant: z
    .string()
    .min(1)
    .describe(`One way to use the path; \`${testerOnlyVariant}\` of the tester alone.`),
  device_mode: z
    .string()
    .describe(
      "How the device was really bound, where there is a choice: `native` in the driver or `generic` " +
        "behind it, of AF_XDP `copy` or `zero-copy`, of tc the hook, `tcx` or `clsact`; empty elsewhere.",
    ),
  ...placeColumns,
  ...axisColumns,
  workload_hash: z
    .string()
    .describe(
      "Beginning of the SHA-256 of what the workload's listing is compiled to, whatever the MACs: rows with " +
        "the same one did the same to each frame; empty where there is no listing, and in rows of older versions.",
    ),
  status: z
    .enum(["measured", "skipped", "failed", "incomplete"])
    .describe("Whether there is a figure: `incomplete` is a run that was cut."),
  reason: z.string().describe("Why there is no figure; empty for a measured cell."),
  stand_in: z
    .string()
    .describe(
      "What replaces the device of a path without one; empty where frames cross a kernel or a card.",
    ),
  trials: count.describe("Trials that were measured, each a process of its own."),
  samples: count.describe("Windows sampled, over all trials."),
  p10: figure.describe("A tenth of all samples cost no more: the cost without disturbance."),
  p50: figure.describe(
    "The median of all samples, pooled over the trials; of cells measured in turns that of the reference, divided by the " +
      "speed-up, and p10, p90 and p99 in proportion.",
  ),
  p90: figure.describe("One sample in ten costs more."),
  p99: figure.describe("One sample in a hundred costs more: what else the machine did."),
  speedup_over_reference: figure.describe(
    `p50 of ${reference.path}/${reference.variant} of the same place, machine, clock, size, window, burst, flows, ` +
      "workers and workload, divided by p50. Where both were measured in several rounds: the mean of the rounds' ratios. Of " +
      "cells measured in turns: the mean over launches of the median over turns; in the row of the reference what two " +
      "processes of it differ by.",
  ),
  p50_low: figure.describe(
    "Lower end of the 95 % interval of p50, over launches of fresh processes; empty where one launch says nothing of it.",
  ),
  p50_high: figure.describe("Upper end of that interval."),
  speedup_low: figure.describe(
    "Lower end of the 95 % interval of the speed-up, over launches; empty where it is not known.",
  ),
  speedup_high: figure.describe("Upper end of that interval."),
  turns: counted.describe(
    "Turns in which the cell had a slice, over its launches; empty where cells are measured one by one.",
  ),
  turns_discarded: counted.describe(
    "Turns thrown away: the machine slept, its clock was set, or a CPU was gone.",
  ),
  turn_spread: figure.describe(
    "Between the turns of a launch: the distance of the quartiles of the speed-up, relative; the median of the launches.",
  ),
  width: figure.describe(
    "Width of the speed-up's interval, relative: 0.02 is 2 %; where there is no reference, of the interval of p50.",
  ),
  width_goal: z
    .enum(["", "reached", "missed"])
    .describe(
      "Whether the width is as narrow as was asked; empty where cells are measured one by one.",
    ),
  clock_ns: figure.describe("What reading the clock once takes, in nanoseconds."),
  windows_per_sample: counted.describe(
    "A sample is of so many windows, where one is shorter than 100 readings of the clock.",
  ),
  frames_sent: counted.describe("By the tester, warm-up included."),
  frames_received: counted.describe("By the tester, back from the forwarder."),
  frames_verified: counted.describe("Random frames compared byte by byte before the first trial."),
  garbage_collections: counted.describe("That began within a sampled window."),
  resident_bytes_max: counted.describe("Most memory of a trial's process, tester included."),
  cpu_user_us: counted.describe(
    "CPU time in user space over the sampled windows, tester included.",
  ),
  cpu_system_us: counted.describe(
    "CPU time in the kernel over the sampled windows, tester included.",
  ),
  syscalls_per_frame: figure.describe(
    "System calls of the forwarder, those that found nothing included, over the sampled windows.",
  ),
  wakeups_per_frame: figure.describe(
    "System calls among these that carry no frame and only wake the kernel.",
  ),
  context_switches_per_frame: figure.describe(
    "Of the measuring thread, voluntary or not, over the sampled windows.",
  ),
  tier: z
    .enum(["", ...tiers])
    .default("")
    .describe(
      "What of V8's ran the loop while it was sampled, the worst that was seen in any trial: `turbofan` is its best " +
        "compiler; empty of cells measured in turns, and in rows of older versions.",
    ),
  kernel: z.string().describe("Release of the kernel that the frames crossed."),
  kernel_config: z
    .string()
    .default("")
    .describe(
      "Beginning of the SHA-256 of what the guest's kernel is configured with; empty on the host, where it is not " +
        "known, and in rows of older versions.",
    ),
  qemu: z.string().describe("Version of the QEMU that the guest ran in; empty on the host."),
  guest_command: z
    .string()
    .describe("What that QEMU was asked for, less its files; empty on the host."),
  cpu_model: z
    .string()
    .describe(
      "The processor, as the machine names it; in an emulated guest the one that QEMU plays.",
    ),
  node: z.string().describe("Version of Node."),
  iopath: z.string().describe("Version of iopath."),
  revision: z
    .string()
    .describe("Git revision of iopath; `+dirty` when tracked files differed from it."),
  started_at: z.iso.datetime().describe("When the run began (UTC)."),
  calls: z
    .enum(["", "trampolines", "koffi"])
    .describe(
      "How hot loops call C: through `trampolines` of machine code, or through `koffi`, which costs more, " +
        "where the processor has none; empty in rows of older versions.",
    ),
  notes: z
    .string()
    .describe(
      "What a reader of the figure has to know: of interfaces that others use too, of what `--force` " +
        "overrode, and of the tester; empty as a rule, and in rows of older versions.",
    ),
});

export type Row = z.infer<typeof rowSchema>;
export const columns = Object.keys(rowSchema.shape) as (keyof Row)[];

/** What a column of text says in rows of older versions, which did not have it. */
export function emptyField(name: keyof Row): string {
  const usual = rowSchema.shape[name].safeParse(undefined);
  return typeof usual.data === "string" ? usual.data : "";
}

/** The schema that is published beside the rows. */
export function rowJsonSchema(): object {
  return {
    title: "A row of iopath's results.csv",
    ...z.toJSONSchema(rowSchema, { target: "draft-2020-12" }),
  };
}
