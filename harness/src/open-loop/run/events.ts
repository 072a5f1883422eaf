/** The events of a run of searches, as the lines of its journal hold them. */
import { z } from "zod";
import { environmentSchema } from "../../environment/environment.ts";
import { searchesSchema } from "../../matrix/search-cell.ts";
import { binsSchema, trialSchema } from "../protocol.ts";

const groundSchema = z.object({
  class: z.enum(["virtual", "emulated", "hardware"]),
  place: z.enum(["host", "hardware"]),
  /** Of the egress's link, Mbit/s; null for ports that a kernel plays. */
  lineMbits: z.number().positive().nullable(),
  /** What a reader of the figures has to know of the ports. */
  notes: z.array(z.string()),
  /** The machine that the tester is on, if it is another one. */
  tester: z.object({ kernel: z.string(), cpuModel: z.string() }).exactOptional(),
});
/** What the ports are. */
export type Ground = z.infer<typeof groundSchema>;

const runEvent = z.object({
  event: z.literal("open-loop"),
  format: z.literal(1),
  runId: z.string(),
  startedAt: z.string(),
  environment: environmentSchema,
  ground: groundSchema,
  ...searchesSchema.shape,
});

/** Which of the run's cells, from 0. */
const cell = z.number().int().nonnegative();
const seconds = z.number().positive();
/** Milliseconds that the device took for the answer. */
const tookMs = z.number().nonnegative();

const deviceSchema = z.object({
  /** Which CPU does what. */
  placement: z.string(),
  deviceMode: z.string(),
});
export type DeviceFacts = z.infer<typeof deviceSchema>;

const openedEvent = z.object({ event: z.literal("opened"), cell, ...deviceSchema.shape });
const trialEvent = z.object({
  event: z.literal("trial"),
  ...{ cell, seconds, tookMs },
  /** Frames per second; null for as fast as it goes. */
  rate: z.number().positive().nullable(),
  /** Whether frames left as soon as could be, for their latency. */
  promptly: z.boolean().default(false),
  trial: trialSchema,
});
const noiseEvent = z.object({
  event: z.literal("noise"),
  ...{ cell, seconds, tookMs },
  ofCpus: z.array(binsSchema),
});

export const searchEvent = z.discriminatedUnion("event", [
  runEvent,
  openedEvent,
  trialEvent,
  noiseEvent,
  z.object({
    event: z.literal("ended"),
    cell,
    status: z.enum(["measured", "skipped", "failed"]),
    /** Why there is no figure. */
    reason: z.string(),
  }),
]);

export type SearchEvent = z.infer<typeof searchEvent>;
export type SearchRunEvent = z.infer<typeof runEvent>;
export type OpenedEvent = z.infer<typeof openedEvent>;
/** What a device answered. */
export type AnswerEvent = z.infer<typeof trialEvent> | z.infer<typeof noiseEvent>;
