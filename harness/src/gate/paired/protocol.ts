/**
 * The messages between a gate and a lane, one line of JSON each. The lane may be of another
 * revision than the gate: `protocol` is raised with every change that one side of today would not
 * understand.
 */
import { z } from "zod";
import { closedLoopRequest } from "../../trial/request.ts";

export const lanesProtocol = 1;

/**
 * The first line to a lane. The sender checks it; a lane heeds what it knows of it,
 * since a gate of another revision may say more.
 */
export const laneRequest = z.object({
  ...closedLoopRequest.omit({ role: true, samples: true }).shape,
  protocol: z.number().int(),
});

export type LaneRequest = z.infer<typeof laneRequest>;

/** Every further line: run windows for so long. */
export const sliceOrder = z.object({ sliceMs: z.number().positive() });

/** Once open and warm a lane is ready; then it answers each order with the windows of the slice. */
export const laneAnswer = z.discriminatedUnion("status", [
  z.object({ status: z.literal("ready"), protocol: z.number().int() }),
  /** Nanoseconds per frame, one number per window, in the order of time. */
  z.object({ status: z.literal("slice"), windowsNs: z.array(z.number()) }),
  z.object({ status: z.literal("failed"), reason: z.string() }),
]);

export type LaneAnswer = z.infer<typeof laneAnswer>;
