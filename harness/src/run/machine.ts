/** What a run takes from the machine that it is on. A test gives a run a machine of its own. */
import { describeHolders, lockMachine } from "@iopath/lab";
import type { Config } from "../matrix/config.ts";
import type { Section, Where } from "../matrix/section.ts";
import { type Progress, showProgress } from "../present/terminal/progress.ts";
import { openVenue, type Venue } from "../venue/venue.ts";
import { type Environment, readEnvironment } from "./environment.ts";
import { type Ground, groundOf, prepareGuests, type Refusals } from "./provenance.ts";

export interface Machine {
  /** Waits until no other run measures here that this one would disturb. */
  lock(config: Config, signal: AbortSignal): Promise<Disposable>;
  /** Fetches what the sections need, before anything is measured. */
  prepare(config: Config, signal: AbortSignal): Promise<Refusals>;
  readEnvironment(): Environment;
  groundOf(section: Section): Promise<Ground>;
  /** Opens the place where the trials of a section are made. */
  openVenue(where: Where, signal: AbortSignal): Promise<Venue>;
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
  groundOf,
  openVenue,
  showProgress: (plan) => showProgress(plan),
  now: () => new Date(),
};

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
