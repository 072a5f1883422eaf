/** A section of a config with `mode: "open-loop"`: what `iopath search` searches for. */
import { frameBytesMax, frameBytesMin } from "@iopath/contract";
import { z } from "zod";
import { pathsToday } from "../paths/earlier-names.ts";
import { axes, count, list } from "./axes.ts";
import { frameSizeProblem } from "./frame-size.ts";
import { modulesSchema } from "./modules.ts";
import { cpuPairSchema, profileNames, type SearchCell } from "./search-cell.ts";

const searchesMax = 1000;

export const openLoopSectionSchema = z.strictObject({
  mode: z.literal("open-loop"),
  /** Paths and workloads of the user's own: the modules that export them. */
  modules: modulesSchema.exactOptional(),
  /** Each path with its variants. */
  paths: z.record(z.string(), list(z.string())).transform(pathsToday),
  frameBytes: list(
    z
      .number()
      .int()
      .min(frameBytesMin, { error: ({ input }) => frameSizeProblem(input) })
      .max(frameBytesMax, { error: ({ input }) => frameSizeProblem(input) }),
  ).default([64]),
  bursts: axes.burst.values,
  workloads: axes.workload.values,
  /** `rfc2544-strict` has trials of a minute. */
  profile: z.enum(profileNames).default("quick"),
  /** Of each variant and size, to see how far they agree. */
  searches: count(searchesMax).default(1),
  /** Takes both CPUs from all else while frames are sent (SCHED_FIFO). */
  realtime: z.boolean().default(false),
  /** The tester's CPU and the forwarder's. */
  cpus: cpuPairSchema.exactOptional(),
});

export type OpenLoopSection = z.output<typeof openLoopSectionSchema>;
export type OpenLoopSectionInput = z.input<typeof openLoopSectionSchema>;

/** What such a section may say, for messages. */
export const openLoopKeyNames: readonly string[] = Object.keys(openLoopSectionSchema.shape);

/** In the order of the paths; sizes of a variant one after the other. */
export function searchCellsOf(section: Omit<OpenLoopSection, "mode">): SearchCell[] {
  const { paths, frameBytes, bursts, workloads, profile, searches, realtime } = section;
  const cpus = section.cpus === undefined ? {} : { cpus: section.cpus };
  const variants = Object.entries(paths).flatMap(([path, names]) =>
    names.map((variant) => ({ path, variant })),
  );
  return variants.flatMap((names) =>
    workloads.flatMap((workload) =>
      bursts.flatMap((burst) =>
        frameBytes.map((size) => ({
          ...{ ...names, workload, frameBytes: size, burst, profile, searches, realtime },
          ...cpus,
        })),
      ),
    ),
  );
}

/** Whether a section says so itself; a wrong one is reported when it is checked. */
export function isOpenLoop(section: unknown): boolean {
  return (section as { mode?: unknown } | undefined)?.mode === "open-loop";
}
