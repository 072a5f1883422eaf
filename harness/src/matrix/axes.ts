/**
 * The axes of the matrix, each in one place: what a section may list, what a flag sets, what a
 * cell's id and its row say, and which rows may stand side by side. A new axis is an entry here;
 * section, flags, cells, ids, rows, CSV, groups, scaling and compare are made of this table.
 */
import { defaultWorkload } from "@iopath/workloads";
import { z } from "zod";
import {
  type FrameSize,
  frameMixOf,
  frameSizeProblem,
  isFrameSize,
  meanFrameBytes,
  nameOfSize,
  sizesOfWord,
} from "./frame-size.ts";
import { burstMax, flowsMax, windowMax, workersMax } from "./limits.ts";

/** One value at least. */
export const list = <T extends z.ZodType>(item: T) => z.array(item).min(1);
/** From 1 to `max`. */
export const count = (max: number) => z.number().int().min(1).max(max);
const column = z.number().int().nonnegative();

export interface AxisDefinition<
  List extends string,
  Values extends z.ZodType<readonly unknown[]>,
  Columns extends z.ZodRawShape,
> {
  /** The field of a section that lists the values. */
  readonly list: List;
  readonly values: Values;
  readonly flag: {
    readonly option: `--${string}`;
    readonly help: string;
    /** Values that a word stands for; undefined for a word that has to be a number above 0. */
    readonly word?: (word: string) => z.output<Values> | undefined;
  };
  readonly id: {
    readonly text: (value: z.output<Values>[number]) => string;
    /** Parts of an id stand in this order. An axis that came later stands behind, or ids change. */
    readonly rank: number;
  };
  /** The lowest number is the outermost loop over the cells: its value changes the least often. */
  readonly loop: number;
  /** True where the tester alone does not have it: its cell takes the first value. */
  readonly forwarderOnly: boolean;
  /** Whether the verify pass gets the value as well. */
  readonly verify: boolean;
  /** The columns of a row that hold the value. */
  readonly columns: Columns;
  readonly toRow: (
    value: z.output<Values>[number],
    cell: { readonly workers: number },
  ) => z.output<z.ZodObject<Columns>>;
  /** The head of its column where there is little room. */
  readonly short: string;
  /** What may be done with rows of different values. */
  readonly figure:
    | {
        readonly column: keyof Columns & string;
        /** At which of its values figures along other axes stand. */
        readonly usual: "lowest" | "highest";
        /** Undefined where another figure shows it already. */
        readonly curve?: { readonly label: string; readonly scale: "linear" | "log" };
      }
    /** They are never ranked together: each value has groups of its own. */
    | "apart";
}

const axis = <
  List extends string,
  Values extends z.ZodType<readonly unknown[]>,
  Columns extends z.ZodRawShape,
>(
  definition: AxisDefinition<List, Values, Columns>,
) => definition;

/** By the field of a cell that holds the value, in the order of the columns. */
export const axes = {
  frameBytes: axis({
    list: "frameBytes",
    values: list(
      z.custom<FrameSize>(isFrameSize, { error: ({ input }) => frameSizeProblem(input) }),
    ),
    flag: {
      option: "--frame-bytes <sizes>",
      help: "64 to 1518, FCS included; imix; rfc2544 for its seven sizes",
      word: sizesOfWord,
    },
    id: { text: nameOfSize, rank: 1 },
    loop: 3,
    forwarderOnly: false,
    verify: false,
    columns: {
      frame_bytes: column.describe(
        "Size of a frame, its 4-byte check sequence included (RFC 2544); of a mix, the rounded mean.",
      ),
      frame_mix: z
        .enum(["", "imix"])
        .describe("Name of a mix of frame sizes; empty when all frames have one size."),
    },
    toRow: (size) => ({ frame_bytes: meanFrameBytes(size), frame_mix: frameMixOf(size) }),
    short: "bytes",
    figure: {
      column: "frame_bytes",
      usual: "lowest",
      curve: { label: "frame size in bytes", scale: "linear" },
    },
  }),
  burst: axis({
    list: "bursts",
    values: list(count(burstMax)).default([64]),
    flag: { option: "--burst <frames>", help: "most frames of a burst" },
    id: { text: (burst) => `burst${burst}`, rank: 2 },
    loop: 5,
    forwarderOnly: true,
    verify: true,
    columns: {
      burst: column.describe("Most frames that the forwarder takes in one burst."),
    },
    toRow: (burst) => ({ burst }),
    short: "burst",
    figure: {
      column: "burst",
      usual: "highest",
      curve: { label: "most frames in a burst", scale: "log" },
    },
  }),
  flows: axis({
    list: "flows",
    values: list(count(flowsMax)).default([1]),
    flag: { option: "--flows <counts>", help: "flows that the frames are of, 1 to 65536" },
    id: { text: (flows) => `flows${flows}`, rank: 3 },
    loop: 4,
    forwarderOnly: false,
    verify: true,
    columns: {
      flows: column.describe("How many flows the frames are of, one after the other."),
    },
    // A worker sends one flow at least.
    toRow: (flows, { workers }) => ({ flows: Math.max(flows, workers) }),
    short: "flows",
    figure: { column: "flows", usual: "lowest", curve: { label: "flows", scale: "log" } },
  }),
  workers: axis({
    list: "workers",
    values: list(count(workersMax)).default([1]),
    flag: {
      option: "--workers <counts>",
      help: "forwarders, a queue and a CPU each, 1 to 64",
    },
    id: { text: (workers) => (workers > 1 ? `workers${workers}` : ""), rank: 5 },
    loop: 1,
    forwarderOnly: false,
    verify: true,
    columns: {
      workers: column.describe(
        "Forwarders that shared the ports, each a process (of DPDK a thread) with a queue and a CPU " +
          "of its own; p10 to p99 are what a frame cost one of them while all were at work.",
      ),
    },
    toRow: (workers) => ({ workers }),
    short: "workers",
    figure: { column: "workers", usual: "lowest" },
  }),
  workload: axis({
    list: "workloads",
    values: list(z.string().min(1)).default([defaultWorkload.name]),
    flag: {
      option: "--workload <names>",
      help: "what is done to each frame, such as mac-swap",
      word: (name) => [name],
    },
    id: { text: (name) => (name === defaultWorkload.name ? "" : name), rank: 6 },
    loop: 0,
    forwarderOnly: false,
    verify: true,
    columns: {
      workload: z
        .string()
        .default(defaultWorkload.name)
        .describe(
          "What was done to each frame. Figures of two workloads are never ranked together; rows of " +
            `older versions are of \`${defaultWorkload.name}\`.`,
        ),
    },
    toRow: (workload) => ({ workload }),
    short: "workload",
    figure: "apart",
  }),
  window: axis({
    list: "windows",
    values: list(count(windowMax)),
    flag: { option: "--window <frames>", help: "frames on the way at once, 1 to 256" },
    id: { text: (window) => `window${window}`, rank: 4 },
    loop: 2,
    forwarderOnly: false,
    verify: false,
    columns: {
      window: column.describe("Frames on the way at once: 1 for latency, more for throughput."),
    },
    toRow: (window) => ({ window }),
    short: "window",
    figure: {
      column: "window",
      usual: "highest",
      curve: { label: "frames on the way at once", scale: "log" },
    },
  }),
};
