/**
 * What the harness asks of a trial process, and what it answers: one JSON text each. The same
 * program runs on the host, in a namespace and in a guest.
 */
import { ExitStatus } from "@iopath/contract";
import type { Testbed } from "@iopath/lab";
import { tiers } from "@iopath/native";
import { z } from "zod";
import { flowsMax, workersMax } from "../matrix/limits.ts";
import { plantedSchema } from "../matrix/planted.ts";

const wireEnd = z.strictObject({ device: z.string(), mac: z.string(), ipv4: z.string() });
const port = wireEnd.extend({
  queue: z.number().int(),
  neighbor: z.object({ mac: z.string(), ipv4: z.string() }),
});

const testbed: z.ZodType<Testbed, Testbed> = z.strictObject({
  class: z.enum(["hardware", "virtual", "emulated"]),
  shared: z.boolean().exactOptional(),
  hasLinks: z.boolean().exactOptional(),
  testerNamespace: z.string().exactOptional(),
  forwarderNamespace: z.string().exactOptional(),
  defaultRouteAllowed: z.boolean().exactOptional(),
  ports: z.tuple([port, port]),
  wires: z.tuple([wireEnd, wireEnd]),
  limits: z
    .strictObject({
      shortestFrameBytes: z.number().int(),
      dropsBrokenIp: z.boolean(),
      dropsVlanTagged: z.boolean(),
    })
    .exactOptional(),
});

/** What makes a closed loop that of one worker in a team. */
const teamMember = z.strictObject({
  worker: z.number().int().nonnegative(),
  /** Of the contract's `Team`. */
  sharedId: z.number().int(),
  /** See board.ts. */
  boardId: z.number().int(),
  /** Whether the path forwards already, for all workers. */
  attached: z.boolean(),
});
export type TeamMember = z.infer<typeof teamMember>;

const common = {
  testbed,
  path: z.string(),
  /** The file of a path of the user's own. */
  module: z.string().exactOptional(),
  variant: z.string(),
  burst: z.number().int().positive(),
  /** What is done to each frame; the default workload when not given. */
  workload: z.string().exactOptional(),
  /** The file of a workload of the user's own. */
  workloadModule: z.string().exactOptional(),
  /** Needless work in the path, to try a gate on. */
  planted: plantedSchema.exactOptional(),
  /** Forwarders that share the ports, each with a queue and a CPU of its own: one of `cpus`. */
  workers: z.number().int().min(1).max(workersMax).default(1),
  cpus: z.array(z.number().int().nonnegative()).exactOptional(),
  /** CPU to pin the measuring thread to; undefined leaves it to the scheduler. */
  cpu: z.number().int().nonnegative().exactOptional(),
  /** The process that waits for the answer; the trial ends when it does. */
  parentPid: z.number().int(),
};

/** How many flows the tester's frames are of. */
const flows = z.number().int().min(1).max(flowsMax).default(1);

/** What a profiled loop needs: see loop/profiled-loop.ts. */
const profiling = z.strictObject({
  /** Where it leaves what addresses mean. */
  folder: z.string(),
  kernelAddresses: z.strictObject({
    __entry_text_start: z.string(),
    __entry_text_end: z.string(),
    __switch_to_asm: z.string(),
  }),
});
export type Profiling = z.infer<typeof profiling>;

export const closedLoopRequest = z.strictObject({
  role: z.literal("closed-loop"),
  ...common,
  frameBytes: z.union([z.number().int(), z.literal("imix")]),
  flows,
  window: z.number().int().positive(),
  warmUpWindows: z.number().int().nonnegative(),
  samples: z.number().int().positive(),
  /** Whether it is time that counts: then a sample is of several windows where one is short. */
  timed: z.boolean().exactOptional(),
  team: teamMember.exactOptional(),
  /** In a guest whose QEMU has the profiler. */
  profiling: profiling.exactOptional(),
});

export const trialRequest = z.discriminatedUnion("role", [
  z.strictObject({ role: z.literal("probe"), ...common }),
  z.strictObject({
    role: z.literal("verify"),
    ...common,
    flows,
    frames: z.number().int().positive(),
    seed: z.number().int(),
    /** Whether to ask first if the variant can run here, as a probe does. */
    probes: z.boolean().exactOptional(),
    /** Frames to send instead of random ones: a pcap file in base64. */
    capture: z.string().exactOptional(),
    /** Where to write what came out. */
    writePcap: z.string().exactOptional(),
  }),
  closedLoopRequest,
]);

export type TrialRequest = z.infer<typeof trialRequest>;
/** `Omit`, of each member of a union. */
export type OmitOfEach<Union, Key extends PropertyKey> = Union extends unknown
  ? Omit<Union, Key>
  : never;
/** As it is written: with what has a default left out. */
export type TrialRequestInput = z.input<typeof trialRequest>;
export type VerifyRequest = TrialRequest & { role: "verify" };
export type ClosedLoopRequest = TrialRequest & { role: "closed-loop" };

export const judgement = z.object({
  expected: z.number().int(),
  matched: z.number().int(),
  lost: z.number().int(),
  duplicated: z.number().int(),
  reordered: z.number().int(),
  corrupted: z.number().int(),
  unknown: z.number().int(),
  firstProblem: z.string().optional(),
});

const dropCounts = z.record(z.string(), z.number().int());

const verifiedResult = z.object({
  status: z.literal("verified"),
  frames: z.number().int(),
  seed: z.number().int(),
  judgement,
  /** Frames that the reference drops, by reason, and those that the path says it dropped. */
  dropsExpected: dropCounts,
  dropsCounted: dropCounts,
  /** Wrong counters in words; undefined when they tell what happened. */
  counterProblem: z.string().optional(),
  /** What the variant, or the wire, does otherwise, and to how many frames. */
  notes: z.array(z.string()).exactOptional(),
});

/** Counts over the samples of a trial, and what is known of its tester and its device. */
const counts = {
  framesSent: z.number().int(),
  framesReceived: z.number().int(),
  /** Collections that began inside a sampled window. */
  garbageCollections: z.number().int(),
  residentBytesMax: z.number().int(),
  cpuUserUs: z.number().int(),
  cpuSystemUs: z.number().int(),
  /** Of the sampled windows; null where the path does not count. See effort.ts. */
  syscalls: z.number().int().nullable(),
  wakeups: z.number().int().nullable(),
  contextSwitches: z.number().int(),
  /** How the device was really bound; empty where there is no choice. */
  deviceMode: z.string().default(""),
  /** What a reader of the figures has to know of the tester; said once per run. */
  note: z.string().exactOptional(),
};

/** How a sample was timed. */
const trialTiming = z.object({
  /** What reading the clock once takes, nanoseconds. */
  clockNs: z.number().nonnegative(),
  /** A sample is of so many windows, where one is too short beside reading the clock. */
  windowsPerSample: z.number().int().positive(),
});
export type TrialTiming = z.infer<typeof trialTiming>;

/** What a lane says of all its slices; counts are of the samples that were kept, by their share. */
export const laneTotals = z.object({
  ...counts,
  ...trialTiming.shape,
  /** Of its slices, milliseconds. */
  slicesMs: z.number().nonnegative(),
});
export type LaneTotals = z.infer<typeof laneTotals>;

/** A launch of cells that were measured in turns. */
const turnsOfLaunch = z.object({
  /** What the cell's slice cost in each turn, nanoseconds per frame. */
  costsNs: z.array(z.number()),
  /** The reference's, in the same turns; of the reference those of a second process of it. */
  referenceNs: z.array(z.number()),
  /** Turns thrown away: the machine slept, its clock stepped, or a CPU was gone. */
  discarded: z.number().int(),
  ...trialTiming.shape,
});
export type TurnsOfLaunch = z.infer<typeof turnsOfLaunch>;

const measuredResult = z.object({
  status: z.literal("measured"),
  /** Nanoseconds per frame, of one window or of several, ascending. */
  samplesNs: z.array(z.number()),
  ...counts,
  /** Of a trial by itself that time counts in; counts are then of one window a sample. */
  timing: trialTiming.exactOptional(),
  /** The worst of V8's compilers that made code of the loop while it was sampled. */
  tier: z.enum(tiers).exactOptional(),
  /** Where the cell was measured in turns with others. */
  turns: turnsOfLaunch.exactOptional(),
});

const failedResult = z.object({
  status: z.literal("failed"),
  reason: z.string(),
  exitStatus: z.enum(ExitStatus).optional(),
});

export const trialResult = z.discriminatedUnion("status", [
  z.object({ status: z.literal("supported") }),
  z.object({ status: z.literal("skipped"), missing: z.string(), remedy: z.string() }),
  verifiedResult,
  measuredResult,
  failedResult,
]);

export type TrialResult = z.infer<typeof trialResult>;
export type VerifiedResult = z.infer<typeof verifiedResult>;
export type MeasuredResult = z.infer<typeof measuredResult>;
export type FailedResult = z.infer<typeof failedResult>;
