/** What a run takes from the machine that it is on. A test gives a run a machine of its own. */

import { clockOf, type FoundPorts } from "@iopath/lab";
import { workloadHash } from "@iopath/workloads";
import { type Environment, readEnvironment } from "../environment/environment.ts";
import type { Provenance } from "../journal/events.ts";
import type { Config } from "../matrix/config.ts";
import type { Section } from "../matrix/section.ts";
import { type Progress, showProgress } from "../present/terminal/progress.ts";
import { openRunner } from "../runner/open.ts";
import type { TrialRunner } from "../runner/runner.ts";
import { findWorkload } from "../workloads/known.ts";
import { holdMachine } from "./machine-lock.ts";
import { type Prepared, prepare, provenanceOf } from "./provenance.ts";

export interface Machine {
  /** Waits until no other run measures here that this one would disturb. */
  lock(config: Config, waitMinutes: number, signal: AbortSignal): Promise<Disposable>;
  /** Fetches what the sections need, before anything is measured. */
  prepare(config: Config, signal: AbortSignal): Promise<Prepared>;
  readEnvironment(): Environment;
  /** The beginning of the hash of what a workload comes to; empty without a listing. */
  hashOf(workload: string): string;
  /** @param ports as they were found, of a section between interfaces of the user's */
  provenanceOf(section: Section, ports: FoundPorts | undefined): Promise<Provenance>;
  /** Opens what runs the trials of a section. */
  openRunner(section: Section, signal: AbortSignal): Promise<TrialRunner>;
  /** @param plan the kind of each step */
  showProgress(plan: readonly string[]): Progress;
  now(): Date;
  /** Milliseconds of a clock that is never set. */
  elapsedMs(): number;
  /** How many processes may be alive at once. */
  lanesMax(): number;
}

const hashLength = 12;
/** No more, however much memory there is: a turn should take a fraction of a second. */
const lanesMost = 24;
/** The reference twice, and a cell. */
const lanesLeast = 3;
/** Of a process with its lab, generously: 42 MiB were measured for each of 17. */
const bytesPerLane = 96 * 2 ** 20;

export const thisMachine: Machine = {
  lock: (config, waitMinutes, signal) => {
    const share = config.every(({ place }) => clockOf(place) === "instructions");
    return holdMachine({ waitMinutes, share, signal });
  },
  prepare,
  readEnvironment,
  hashOf: (workload) => workloadHash(findWorkload(workload))?.slice(0, hashLength) ?? "",
  provenanceOf,
  openRunner: (section, signal) => {
    const { cpu, paths, place, profiles = false } = section;
    return openRunner(place, paths, { signal, profiles, ...(cpu === undefined ? {} : { cpu }) });
  },
  showProgress: (plan) => showProgress(plan),
  now: () => new Date(),
  elapsedMs: () => performance.now(),
  lanesMax: () => {
    const affordable = Math.floor(process.availableMemory() / bytesPerLane);
    return Math.max(lanesLeast, Math.min(lanesMost, affordable));
  },
};
