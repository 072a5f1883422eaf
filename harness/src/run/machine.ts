/** What a run takes from the machine that it is on. A test gives a run a machine of its own. */
import { describeHolders, lockMachine } from "@iopath/lab";
import type { Config } from "../matrix/config.ts";
import { placeOf, type Section } from "../matrix/section.ts";
import { type Progress, showProgress } from "../present/terminal/progress.ts";
import { openRunner } from "../runner/open.ts";
import type { TrialRunner } from "../runner/runner.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { type Provenance, prepareGuests, provenanceOf, type Refusals } from "./provenance.ts";

export interface Machine {
  /** Waits until no other run measures here that this one would disturb. */
  lock(config: Config, signal: AbortSignal): Promise<Disposable>;
  /** Fetches what the sections need, before anything is measured. */
  prepare(config: Config, signal: AbortSignal): Promise<Refusals>;
  readEnvironment(): Environment;
  provenanceOf(section: Section): Promise<Provenance>;
  /** Opens what runs the trials of a section. */
  openRunner(section: Section, signal: AbortSignal): Promise<TrialRunner>;
  /** @param plan the kind of each step */
  showProgress(plan: readonly string[]): Progress;
  now(): Date;
}

const lockWaitMs = 10 * 60_000;

export const thisMachine: Machine = {
  lock: (config, signal) =>
    lockMachine({
      waitMs: lockWaitMs,
      share: config.every(({ clock }) => clock === "instructions"),
      onWait: (holders) => tell(`waiting for ${describeHolders(holders)}`),
      onUnlocked: (why) => tell(`the machine is not locked: ${why}`),
      signal,
    }),
  prepare: prepareGuests,
  readEnvironment,
  provenanceOf,
  openRunner: (section, signal) => {
    const { cpu, paths } = section;
    return openRunner(placeOf(section), paths, { signal, ...(cpu === undefined ? {} : { cpu }) });
  },
  showProgress: (plan) => showProgress(plan),
  now: () => new Date(),
};

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
