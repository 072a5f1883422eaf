/**
 * The messages between a command and a lane, one line of JSON each. The lane may be of another
 * revision than the command: `lanesProtocol` is raised with every change that one side of today
 * would not understand, and not for what an older lane can leave out.
 */
import { z } from "zod";
import { closedLoopRequest, laneTotals } from "../trial/request.ts";

export const lanesProtocol = 1;

/**
 * The first line to a lane. The sender checks it; a lane ignores fields that it does not know,
 * since a command of another revision may send more.
 */
export const laneRequest = z.object({
  ...closedLoopRequest.omit({ role: true, samples: true }).shape,
  protocol: z.number().int(),
});

export type LaneRequest = z.infer<typeof laneRequest>;

/** Run windows for so long. */
const sliceOrder = z.object({
  sliceMs: z.number().positive(),
  /** Windows before its samples, for so long: what others left in the caches is no part of them. */
  settleMs: z.number().nonnegative().exactOptional(),
  /** A slice of fewer samples goes on, for ten times as long at most. */
  samplesMin: z.number().int().positive().exactOptional(),
  /** How many of its samples are wanted, evenly over the slice; all of them when not given. */
  keep: z.number().int().positive().exactOptional(),
});
export type SliceOrder = z.infer<typeof sliceOrder>;

/** Every further line: a slice, or at last what all of them took. */
export const laneOrder = z.union([sliceOrder, z.object({ totals: z.literal(true) })]);
export type LaneOrder = z.infer<typeof laneOrder>;

/** Once open and warm a lane is ready; then it answers each order. */
export const laneAnswer = z.discriminatedUnion("status", [
  z.object({ status: z.literal("ready"), protocol: z.number().int() }),
  z.object({
    status: z.literal("slice"),
    /** Nanoseconds per frame, one number per sample, in the order of time. */
    windowsNs: z.array(z.number()),
    /** What the slice cost, over all of its samples; lanes of earlier revisions leave it out. */
    costNs: z.number().exactOptional(),
  }),
  z.object({ status: z.literal("totals"), ...laneTotals.shape }),
  z.object({ status: z.literal("failed"), reason: z.string() }),
]);

export type LaneAnswer = z.infer<typeof laneAnswer>;
