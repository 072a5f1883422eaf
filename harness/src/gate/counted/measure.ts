/** The candidate of a gate, measured now: an ordinary run of the gate's matrix. */

import { ExitStatus, IopathError } from "@iopath/contract";
import { clockOf } from "@iopath/lab";
import { axisList } from "../../matrix/axis-list.ts";
import { type Config, loadConfig } from "../../matrix/config.ts";
import type { Overrides } from "../../matrix/override-flags.ts";
import { run } from "../../run/run.ts";
import { defaultConfig } from "./default-config.ts";
import { type Candidate, nameOf } from "./gate-on-baseline.ts";

export interface CandidateRun {
  readonly config: Config;
  /** The folder of the run. */
  readonly out: string;
  /** Whether flags left cells of the config out; these don't count as missing. */
  readonly isPart: boolean;
  readonly waitMinutes: number;
}

/** Flags that leave cells of the config out. */
const narrowing = ["machine", "path", "variant", ...axisList.map(({ name }) => name)] as const;

/** Whether the flags leave only a part of a gate's cells. */
export function isNarrowed(flags: Overrides): boolean {
  return narrowing.some((flag) => flags[flag] !== undefined);
}

/**
 * A config of which every section counts instructions.
 *
 * @param file the gate's own when undefined
 * @throws IopathError, exit status 3, when a section takes time
 */
export async function loadCountedConfig(
  file: string | undefined,
  flags: Overrides,
): Promise<Config> {
  const config = await loadConfig(file ?? defaultConfig, flags);
  if (config.every(({ place }) => clockOf(place) === "instructions")) return config;
  throw new IopathError(ExitStatus.usage, "a gate against a baseline counts instructions", {
    remedy: 'give every section of the config `clock: "instructions"`',
  });
}

/** @throws IopathError as a run does */
export async function measureCandidate(
  { config, out, isPart, waitMinutes }: CandidateRun,
  signal: AbortSignal,
): Promise<Candidate> {
  const rows = await run({ config, folder: out, resume: false, waitMinutes, signal });
  return { name: nameOf(rows), rows, isPart };
}
