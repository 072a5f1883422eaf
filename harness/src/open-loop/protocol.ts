/** The messages between a search and its two processes, one line of JSON each. */
import type { Carrier } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { z } from "zod";
import type { Planted } from "../matrix/planted.ts";

const count = z.number().int().nonnegative();
export const binsSchema = z.array(z.tuple([count, count]).readonly()).readonly();

/** The first message to both processes. */
interface CommonRequest {
  readonly testbed: Testbed;
  readonly workload: string;
  /** The file of a workload of the user's own. */
  readonly workloadModule?: string;
  readonly cpu: number;
  readonly parentPid: number;
}

export interface TesterRequest extends CommonRequest {
  readonly carrier: Carrier;
  readonly frameBytes: number;
  /** Needless looks at the clock before each frame, to test that a slow generator is recognised. */
  readonly needlessLooks: number;
  /** Of a path with ports of its own. */
  readonly farEnds?: FarEndsRequest;
}

/** Whose far ends a tester opens, and at what name it meets the forwarder. */
interface FarEndsRequest {
  readonly path: string;
  readonly module?: string;
  readonly variant: string;
  readonly meetingAt: string;
}

export interface ForwarderRequest extends CommonRequest {
  readonly path: string;
  /** The file of a path of the user's own. */
  readonly module?: string;
  readonly variant: string;
  readonly burst: number;
  readonly planted?: Planted;
  /** On ports of its own: at what name it meets the tester. */
  readonly meetingAt?: string;
  /** Whether it loops where the kernel forwards: below the kernel's thread, by its priority. */
  readonly staysAwake: boolean;
}

/** What a forwarder is asked, between two turns of its loop. */
export interface CountsOrder {
  readonly counts: true;
  /** Collect garbage before. */
  readonly collect: boolean;
  /** Sleep for so long before that. */
  readonly restMs: number;
}

export interface SendOrder {
  /** Frames per second; without it as fast as it goes. */
  readonly rate?: number;
  readonly seconds: number;
  /** Whether frames leave as soon as can be when they are due: see generator.ts. */
  readonly promptly: boolean;
  /** Threads that forward: the main one of the forwarder's process, or the kernel's. */
  readonly forwarding: readonly number[];
  /** The forwarder's process where the kernel forwards: it stays awake, below those threads. */
  readonly beside: readonly number[];
  /** Whether those that forward never sleep: what of a CPU they did not have, others had. */
  readonly polls: boolean;
  /** Whether these and the tester's own have real-time priority meanwhile. */
  readonly realtime: boolean;
}

/** To watch its own CPU, and do nothing else. */
export interface NoiseOrder {
  readonly seconds: number;
  readonly realtime: boolean;
}

export type ForwarderOrder = CountsOrder | { readonly noise: NoiseOrder };

export type TesterOrder =
  | { readonly send: SendOrder }
  /** To wait until nothing comes any more, and tell what was counted. */
  | { readonly settle: true }
  | { readonly noise: NoiseOrder };

/** What a trial may take longer than its time. */
const trialSlackMs = 20_000;

/** What an order to a tester is answered by, and within how long. */
export function answerTo(order: TesterOrder) {
  if ("send" in order) {
    return { status: "over", limitMs: order.send.seconds * 1000 + trialSlackMs } as const;
  }
  if ("settle" in order) return { status: "sent", limitMs: trialSlackMs } as const;
  return { status: "noise", limitMs: order.noise.seconds * 1000 + trialSlackMs } as const;
}

/** Of its CPU, the time that it was taken away, nanosecond by nanosecond: see noise.ts. */
const noiseAnswer = z.object({ status: z.literal("noise"), bins: binsSchema });

/** What a trial's tester counted. */
const sentAnswer = z.object({
  status: z.literal("sent"),
  /** What the rate and the time come to; what was offered, where there was no rate. */
  intended: count,
  offered: count,
  /** Of these, what the port had no room for; null where nobody tells the generator. */
  refused: count.nullable().default(null),
  forwarded: count,
  duplicated: count,
  reordered: count,
  corrupted: count,
  foreign: count,
  stale: count,
  /** From the first frame to the last. */
  sendingNs: count,
  /** From the order to the last run of the generator; what of it those that forward had. */
  windowNs: count,
  forwardingNs: count,
  /** What others had of a polling forwarder's CPU meanwhile; null for one that sleeps. */
  takenNs: count.nullable(),
  /** How often the generator was late and gave up what it was late by. */
  skipped: count,
  /** Its looks at the clock at which no frame was due. */
  early: count,
  /** Whether frames still came when it stopped waiting. */
  restless: z.boolean(),
  maxNs: count,
  bins: binsSchema,
});
export type TrialCounts = Omit<z.infer<typeof sentAnswer>, "status">;

export const testerAnswer = z.discriminatedUnion("status", [
  z.object({ status: z.literal("ready") }),
  /** All that is going to be sent was sent. */
  z.object({ status: z.literal("over") }),
  sentAnswer,
  noiseAnswer,
  z.object({ status: z.literal("failed"), reason: z.string() }),
]);

const forwarderCounts = z.object({
  received: count,
  sent: count,
  unsent: count,
  dropped: count,
  /** Found no room in the path's receive ring or socket; null where the path does not count. */
  overflowed: count.nullable(),
  syscalls: count.nullable(),
  wakeups: count.nullable(),
  /** Steps of a polled forwarder, and those that found nothing. */
  steps: count,
  emptySteps: count,
  /** CPU time of its main thread, softirq on top of it included; 0 where the kernel forwards. */
  cpuNs: count,
  contextSwitches: count,
  garbageCollections: count,
});
export type ForwarderCounts = z.infer<typeof forwarderCounts>;

export const forwarderAnswer = z.discriminatedUnion("status", [
  z.object({ status: z.literal("ready"), deviceMode: z.string() }),
  z.object({ status: z.literal("counts"), counts: forwarderCounts }),
  noiseAnswer,
  z.object({ status: z.literal("failed"), reason: z.string() }),
]);

/** What one trial took of the machine, between its beginning and its end. */
const effortSchema = z.object({
  seconds: z.number(),
  /** Of the forwarder's process, or of the kernel's threads where it forwards. */
  forwarderCpuNs: z.number(),
  /** Of softirqs on the tester's CPU. */
  softirqNs: z.number(),
  /** What time a polled forwarder had to spare while frames came; null where it is not known. */
  idleShare: z.number().nullable(),
  forwarder: forwarderCounts,
});
export type Effort = z.infer<typeof effortSchema>;

export const trialSchema = z.object({
  counts: sentAnswer.omit({ status: true }),
  effort: effortSchema,
});
export type Trial = z.infer<typeof trialSchema>;
