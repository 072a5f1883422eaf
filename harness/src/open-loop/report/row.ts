/** Rows of an open loop. Field names are the CSVs' columns, in their order. */
import { z } from "zod";
import { quantileNames } from "../latency.ts";

const count = z.number().int().nonnegative();
/** Empty where there is no figure. */
const figure = z.number().nonnegative().nullable();
const counted = count.nullable();

const rate = (name: string, loss: string) =>
  figure.describe(
    `${name}, which loses ${loss}: conditional throughput at the relevant lower bound (RFC 9971), frames per second.`,
  );
const lowerBound = counted.describe("The relevant lower bound, frames per second.");
const upperBound = counted.describe("The relevant upper bound, frames per second.");
const regularity = z
  .enum(["", "no upper bound", "no lower bound", "not narrow enough"])
  .describe("Why the result is irregular in the sense of RFC 9971; empty for a regular one.");

const loads = ["unloaded", "10% of PDR", "50% of PDR", "90% of PDR"] as const;

/** What names a row, in both files. */
const names = {
  run_id: z.string().min(1).describe("The run, by the second it began in (UTC)."),
  mode: z.literal("open-loop").describe("Frames come at a rate, whatever comes back."),
  profile: z
    .enum(["quick", "rfc2544-strict"])
    .describe("How thoroughly: only `rfc2544-strict` has the durations of RFC 2544."),
  path: z.string().min(1).describe("The path."),
  variant: z.string().min(1).describe("One way to use the path."),
  class: z.enum(["virtual", "emulated", "hardware"]).describe("What the ports are."),
  place: z.enum(["host", "hardware"]).describe("The lab on the host, or interfaces of --ports."),
  frame_bytes: count.describe("Size on the wire, frame check sequence included."),
  burst: count.describe("Most frames that the forwarder takes at once."),
  workload: z.string().min(1).describe("What is done to each frame."),
  search: count.describe("Which search of this variant and size, from 1."),
};

export const searchRowSchema = z.strictObject({
  ...names,
  status: z.enum(["measured", "skipped", "failed"]).describe("Whether there is a figure."),
  reason: z.string().describe("Why nothing was measured; empty where it was."),
  device_mode: z.string().describe("How the device was really bound, where there is a choice."),
  placement: z.string().describe("Which CPU does what."),
  ndr_fps: rate("NDR", "no frame"),
  ndr_lower_fps: lowerBound,
  ndr_upper_fps: upperBound,
  ndr_irregular: regularity,
  pdr_fps: rate("PDR", "0.5 % at most"),
  pdr_lower_fps: lowerBound,
  pdr_upper_fps: upperBound,
  pdr_irregular: regularity,
  ceiling_fps: figure.describe("What the generator sends without a pause, frames per second."),
  reached_fps: figure.describe(
    "The highest rate of the search that the generator kept, or at which much was lost without that.",
  ),
  trials: count.describe("Trials that count."),
  trials_invalid: count.describe(
    "Trials that do not: the generator was more than 1 % short, or others had the forwarder's CPU.",
  ),
  search_seconds: figure.describe("How long the search took."),
  offered_share_min: figure.describe(
    "The least share of the intended frames that was offered in a trial that counts.",
  ),
  frames_offered: counted.describe("In the trials that count."),
  frames_forwarded: counted.describe("Of these, whole and once."),
  frames_reordered: counted.describe("Of these, behind one with a higher number."),
  frames_foreign: counted.describe("That came to the sink and were not the tester's."),
  cpu_ns_per_frame: figure.describe(
    "CPU time per forwarded frame at 90 % of PDR: the forwarder's, a polling one's waiting included, and softirqs on the tester's CPU; with the tester on another machine, on all CPUs but the forwarder's.",
  ),
  bound_by: z.string().describe("What bounds the rate, in a word."),
  bound: z.string().describe("The same in a sentence, with the counts that say so."),
  line_mbits: figure.describe(
    "Speed of the egress's link, Mbit/s; empty for ports that a kernel plays.",
  ),
  kernel: z.string().describe("Release of the kernel that the frames crossed."),
  cpu_model: z.string().describe("The processor, as the machine names it."),
  tester_kernel: z
    .string()
    .default("")
    .describe("Release of the kernel on the tester's machine; empty where it is the same one."),
  tester_cpu_model: z.string().default("").describe("The processor there; empty as above."),
  node: z.string().describe("Version of Node."),
  iopath: z.string().describe("Version of iopath."),
  revision: z.string().describe("Git revision of iopath; `+dirty` when tracked files differed."),
  started_at: z.iso.datetime().describe("When the run began (UTC)."),
});
export type SearchRow = z.infer<typeof searchRowSchema>;

const latency = (quantile: string) =>
  figure.describe(
    `Latency, one way, from the generator to the sink, nanoseconds: ${quantile}; empty with too few frames.`,
  );
const floor = (quantile: string) =>
  figure.describe(
    `${quantile} of the waiting for a CPU that the machine alone makes, without traffic, nanoseconds.`,
  );

export const latencyRowSchema = z.strictObject({
  ...names,
  load: z.enum(loads).describe("`unloaded` has one frame on its way at a time."),
  load_fps: count.describe("Frames per second."),
  frames: count.describe("Whose latency is known."),
  frames_lost: count.describe("Of those that were offered."),
  p50_ns: latency("the median"),
  p90_ns: latency("p90"),
  p99_ns: latency("p99"),
  p999_ns: latency("p99.9"),
  p9999_ns: latency("p99.99"),
  max_ns: figure.describe("The longest."),
  floor_p50_ns: floor("The median"),
  floor_p90_ns: floor("p90"),
  floor_p99_ns: floor("p99"),
  floor_p999_ns: floor("p99.9"),
  floor_p9999_ns: floor("p99.99"),
  usable_to: z
    .enum(["", ...quantileNames])
    .describe("The highest quantile of which at most half can be the machine's own; empty: none."),
  histogram: z
    .string()
    .describe("All latencies as an HdrHistogram: V2, compressed, base64, nanoseconds."),
});
export type LatencyRow = z.infer<typeof latencyRowSchema>;

const { mode: _mode, class: _class, place: _place, ...namesOfTrial } = names;

export const trialRowSchema = z.strictObject({
  ...namesOfTrial,
  purpose: z
    .enum(["search", ...loads])
    .describe("`search`, or the load at which latencies were taken."),
  rate_fps: z.number().positive().describe("What was intended, frames per second."),
  seconds: z.number().positive().describe("How long frames were to be sent."),
  intended: count.describe("Frames that the rate and the time come to."),
  offered: count.describe("Frames that were sent."),
  forwarded: count.describe("Of these, whole and once."),
  reordered: count.describe("Of these, behind one with a higher number."),
  foreign: count.describe("That came to the sink and were not the tester's."),
  stale: count.describe("Of an earlier trial."),
  skipped: count.describe("How often the generator was late and gave up what it was late by."),
  unsent: count.describe("That were forwarded, and the egress did not take."),
  overflowed: counted.describe("That found no room in the path's receive ring or socket."),
  forwarding_cpu_share: figure.describe(
    "What the threads that forward had of a CPU while frames came.",
  ),
  idle_share: figure.describe("What time a polling forwarder had to spare while frames came."),
  context_switches: count.describe("Of the forwarder's main thread."),
  garbage_collections: count.describe("Of the forwarder's process."),
  loss_ratio: figure.describe("Of what was offered; empty for a trial that does not count."),
  invalid: z.string().describe("Why it does not count; empty for one that does."),
});
export type TrialRow = z.infer<typeof trialRowSchema>;

export const trialColumns = Object.keys(trialRowSchema.shape) as (keyof TrialRow)[];
export const searchColumns = Object.keys(searchRowSchema.shape) as (keyof SearchRow)[];
export const latencyColumns = Object.keys(latencyRowSchema.shape) as (keyof LatencyRow)[];

function jsonSchema(what: string, schema: z.ZodType): object {
  return { title: what, ...z.toJSONSchema(schema, { target: "draft-2020-12" }) };
}

/** By the name of the file in results/schema. */
export const openLoopRowSchemas = {
  "open-loop": jsonSchema("A row of iopath's open-loop.csv", searchRowSchema),
  "open-loop-latency": jsonSchema("A row of iopath's open-loop-latency.csv", latencyRowSchema),
  "open-loop-trials": jsonSchema("A row of iopath's open-loop-trials.csv", trialRowSchema),
};
