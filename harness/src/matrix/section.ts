/** A section of a config: one matrix at one place, measured with one clock. */

import { clockOf, type Place } from "@iopath/lab";
import { z } from "zod";
import { pathsToday } from "../paths/earlier-names.ts";
import { count, list } from "./axes.ts";
import { sectionLists } from "./axis-list.ts";
import { modulesSchema } from "./modules.ts";
import { type PlaceInput, type PlaceKeys, placeKeys, readPlace, writePlace } from "./place-keys.ts";
import { plantedSchema } from "./planted.ts";

/** How many frames go through a cell before it is sampled, where a config does not say. */
export const warmUpFramesUsual = 30_000;

/** As configs, journals and published runs have a section. */
const sectionKeys = z.strictObject({
  ...placeKeys,
  /** Paths of the user's own: the modules that export them. */
  modules: modulesSchema.exactOptional(),
  /** Each path with its variants. */
  paths: z.record(z.string(), list(z.string())),
  /** Of each axis the values to measure: frameBytes, bursts, flows, workers, windows. */
  ...sectionLists,
  rounds: count(1000).default(3),
  samples: count(1_000_000).default(1000),
  /** Of cells that are measured in turns: see matrix/in-turns.ts. */
  turns: count(100_000).exactOptional(),
  width: z.number().positive().max(10).exactOptional(),
  maxMinutes: z
    .number()
    .positive()
    .max(24 * 60)
    .exactOptional(),
  warmUpFrames: z.number().int().min(0).max(100_000_000).default(warmUpFramesUsual),
  verifyFrames: count(100_000_000).default(2000),
  /** The CPU that measures; the last one that this process may use when not given. */
  cpu: z.number().int().min(0).exactOptional(),
  /** Whether trials are profiled as they are counted: `docs/profile.md`. */
  profiles: z.boolean().exactOptional(),
  /** Needless work in the paths, to try a gate on; rows say so in their revision. */
  planted: plantedSchema.exactOptional(),
});

/** What a section may say, for messages. */
export const sectionKeyNames: readonly string[] = Object.keys(sectionKeys.shape);

export type Section = Omit<z.output<typeof sectionKeys>, keyof PlaceKeys> & {
  readonly place: Place;
};
/** As a config file has it. */
export type SectionInput = Omit<z.input<typeof sectionKeys>, keyof PlaceKeys> & PlaceInput;
/** As journals and published runs have it. */
export type StoredSection = z.output<typeof sectionKeys>;

/** Reads the keys of a section, and writes them again. */
export const sectionSchema = z.codec(sectionKeys, z.custom<Section>(), {
  decode(keys, context) {
    const { place, machine, clock, kernels, iommu, hardware, rdmaDevices, card, ...rest } = keys;
    const found = readPlace(keys);
    const problems =
      "problems" in found
        ? found.problems
        : [...workerProblems(found, rest), ...profileProblems(found, rest)];
    for (const message of problems) {
      context.issues.push({ code: "custom", message, input: keys });
    }
    if ("problems" in found || problems.length > 0) return z.NEVER;
    return { ...rest, paths: pathsToday(rest.paths), place: found };
  },
  encode: writeSection,
});

export function writeSection({ place, ...rest }: Section): StoredSection {
  return { ...writePlace(place), ...rest };
}

/** What several workers do not go with. */
function workerProblems(
  { kind }: Place,
  { workers, cpu }: Pick<Section, "workers" | "cpu">,
): string[] {
  if (workers.every((count) => count === 1)) return [];
  return [
    kind === "guest" ? "a guest has one CPU, and --workers needs several" : [],
    kind === "card" ? "--workers needs several queues, and functions of --pf have one" : [],
    kind === "verbs" ? "--workers needs several queues, and --rdma-device has one" : [],
    cpu !== undefined ? "`cpu` is for one worker, and --workers has several" : [],
  ].flat();
}

/** What is timed on a host has no profile. */
function profileProblems(place: Place, { profiles }: Pick<Section, "profiles">): string[] {
  if (!profiles || clockOf(place) === "instructions") return [];
  return ['`profiles` is for sections with `place: "guest"` and `clock: "instructions"`'];
}
