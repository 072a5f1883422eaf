/** The events of a run, as the lines of its journal hold them. */
import { defaultWorkload } from "@iopath/workloads";
import { z } from "zod";
import { environmentSchema } from "../environment/environment.ts";
import { configSchema } from "../matrix/config.ts";
import { writeSection } from "../matrix/section.ts";
import { cellToday, namedToday } from "../paths/earlier-names.ts";
import { trialResult } from "../trial/request.ts";
import { spentSchema } from "./spent.ts";

const provenanceSchema = z.object({
  class: z.enum(["hardware", "virtual", "emulated"]),
  /** The kernel that moves the frames; empty for a guest that is not available: it is skipped. */
  kernel: z.string(),
  /** Of a guest's: the beginning of the hash of its configuration, where that is known. */
  kernelConfig: z.string().exactOptional(),
  /** Of a guest: the version of its QEMU, and its command line, less files. */
  qemu: z.string().default(""),
  guestCommand: z.string().default(""),
  /** The processor that figures depend on, where it is not this machine's. */
  processor: z.string().exactOptional(),
  /** What a reader of the figures has to know of the place. */
  notes: z.array(z.string()).exactOptional(),
});

export type Provenance = z.infer<typeof provenanceSchema>;

/** "20261130T162626Z": what a run is known by, of the moment in which it began. */
export function runIdOf(startedAt: string): string {
  return startedAt.replaceAll(/[-:]|\.\d+/g, "");
}

const runEvent = z.object({
  event: z.literal("run"),
  format: z.literal(2),
  runId: z.string(),
  startedAt: z.string(),
  config: configSchema,
  /** Of each section: the class of its figures, and the kernel that moved the frames. */
  grounds: z.array(provenanceSchema),
  environment: environmentSchema,
  /** Of each workload the hash of its program; older versions did not say. */
  workloads: z.record(z.string(), z.string()).default({}),
});

/** What a frame's instructions are for: groups that add up to what the profile counted. */
const profiledCost = z.object({
  /** Of the same trial, in instructions per frame. */
  p50: z.number(),
  /** Dearest first, in instructions per frame. */
  groups: z.array(z.object({ group: z.string(), own: z.number() })),
});
export type ProfiledCost = z.infer<typeof profiledCost>;

/** Of each process that made a part of the run, unless it was killed. */
const spentEvent = z.object({ event: z.literal("spent"), ...spentSchema.shape });

/**
 * Of a trial that was profiled as it was counted, before the trial's own event: what its
 * instructions were for. The profile itself lies in a folder of the run (`profile/folder.ts`).
 */
const profileEvent = z.object({
  event: z.literal("profile"),
  cell: z.string(),
  profile: z.union([profiledCost, z.object({ problem: z.string() })]),
});

const anyEvent = z.discriminatedUnion("event", [
  runEvent,
  z.object({
    event: z.literal("probe"),
    section: z.number().int(),
    path: z.string(),
    variant: z.string(),
    /** The default one in journals of older versions, which name none. */
    workload: z.string().default(defaultWorkload.name),
    result: trialResult,
  }),
  z.object({ event: z.literal("verify"), cell: z.string(), result: trialResult }),
  z.object({
    event: z.literal("trial"),
    cell: z.string(),
    round: z.number().int(),
    result: trialResult,
  }),
  profileEvent,
  spentEvent,
]);

export type JournalEvent = z.infer<typeof anyEvent>;
export type RunEvent = z.infer<typeof runEvent>;
export type SpentEvent = z.infer<typeof spentEvent>;
export type ProfileEvent = z.infer<typeof profileEvent>;

/** Reads an event of this version or an earlier one: its names are today's from here on. */
export const journalEvent = anyEvent.transform((event): JournalEvent => {
  // The sections of a run are read by their own schema.
  if (event.event === "run" || event.event === "spent") return event;
  if (event.event === "probe") return namedToday(event);
  return { ...event, cell: cellToday(event.cell) };
});

/** An event as a line of the journal. */
export function lineOf(event: JournalEvent): string {
  return `${JSON.stringify(event.event === "run" ? storedRun(event) : event)}\n`;
}

/** A run as its journal and its published files have it: sections by the keys of a config. */
export function storedRun(run: RunEvent) {
  return { ...run, config: run.config.map(writeSection) };
}
/** What came of one step. */
export type StepEvent = Exclude<JournalEvent, RunEvent | SpentEvent | ProfileEvent>;

/** What is probed once, for all of its cells: a variant of a section with a workload. */
export interface Probed {
  readonly section: number;
  readonly path: string;
  readonly variant: string;
  readonly workload: string;
}

export function keyOfProbe({ section, path, variant, workload }: Probed): string {
  return `probe ${section} ${path}/${variant} ${workload}`;
}
