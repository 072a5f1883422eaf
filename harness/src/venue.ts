/** Where the trials of a run are made: on this host, or in a guest of its own. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type Clock, leftovers, type Place, VethLab } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { runTrial } from "./spawn-trial.ts";
import type { TrialResult } from "./trial/request.ts";

/** A trial request without what its venue knows: place, CPU and parent. */
export interface TrialOrder {
  readonly role: string;
  readonly path: string;
  readonly [field: string]: unknown;
}

export interface Venue extends Disposable {
  /** Makes one trial. Whatever happens to the trial, it answers. */
  order(order: TrialOrder): Promise<TrialResult>;
}

export interface VenueOptions {
  readonly clock: Clock;
  /** The CPU that measures; the venue's last one when not given. */
  readonly cpu?: number;
  /** The paths that will be asked for: some need devices that take time to make. */
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
}

/** Far beyond any healthy trial of the default matrix. */
const trialLimitMs = 60_000;
/** The path whose ports are functions of a card; all others have a veth pair. */
export const cardPath = "sriov-vf";

export async function openVenue(place: Place["name"], options: VenueOptions): Promise<Venue> {
  if (place === "guest") {
    const { GuestVenue } = await import("./guest/venue.ts");
    return new GuestVenue(options);
  }
  return new HostVenue(options);
}

class HostVenue implements Venue {
  readonly #lab = new VethLab();
  readonly #options: VenueOptions;

  constructor(options: VenueOptions) {
    if (options.clock !== "wall") {
      throw new IopathError(ExitStatus.usage, "the host has no instruction clock", {
        remedy: "`--place guest --clock instructions` counts in a guest",
      });
    }
    this.#options = options;
  }

  async order(order: TrialOrder): Promise<TrialResult> {
    if (order.path === cardPath) return noCard;
    const { place } = this.#lab;
    const { cpu = allowedCpus().at(-1)!, signal } = this.#options;
    const result = await runTrial({ place, cpu, ...order }, trialLimitMs, signal);
    const dirt = leftovers(place);
    if (dirt.length === 0) return result;
    throw new IopathError(ExitStatus.hostDirty, `a trial left the lab dirty: ${dirt.join(", ")}`, {
      remedy: "this is a fault of the path; nothing measured after it would count, so the run ends",
    });
  }

  [Symbol.dispose](): void {
    this.#lab[Symbol.dispose]();
  }
}

const noCard: TrialResult = {
  status: "skipped",
  missing: "the host's veth lab has no card with virtual functions",
  remedy: "`--place guest` has an emulated one",
};
