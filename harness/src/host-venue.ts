/** Where the trials of a run are made on this host: a lab of its own, or interfaces that are there. */
import { ExitStatus, explain, IopathError } from "@iopath/contract";
import { findPlace, type Hardware, leftovers, type Place, portFaults, VethLab } from "@iopath/lab";
import { runTrial } from "./spawn-trial.ts";
import type { TrialResult } from "./trial/request.ts";

/** Far beyond any healthy trial of the default matrix. */
const trialLimitMs = 60_000;

export class HostVenue implements Disposable {
  readonly #hardware: Hardware | undefined;
  readonly #signal: AbortSignal;
  #place: Place;
  #lab: VethLab | undefined;
  /** Whether a port failed in the trial before. */
  #broken = false;

  /** @throws IopathError when there is no such place: no root, an interface that is not to be had */
  constructor(hardware: Hardware | undefined, signal: AbortSignal) {
    this.#hardware = hardware;
    this.#signal = signal;
    this.#place = this.#open();
  }

  /** Makes one trial. A port that fails meanwhile fails this trial; the next gets whole ports. */
  async order(request: object): Promise<TrialResult> {
    const missing = this.#broken ? this.#renew() : undefined;
    if (missing) return { status: "failed", reason: missing };
    const place = this.#place;
    const result = await runTrial({ place, ...request }, trialLimitMs, this.#signal);
    const faults = portFaults(place);
    this.#broken = faults.length > 0;
    if (this.#broken) {
      const why = result.status === "failed" ? `; ${result.reason}` : "";
      return { status: "failed", reason: `${faults.join(", ")}${why}` };
    }
    const dirt = leftovers(place);
    if (dirt.length === 0) return result;
    throw new IopathError(ExitStatus.hostDirty, `a trial left ports dirty: ${dirt.join(", ")}`, {
      remedy: "this is a fault of the path; nothing measured after it would count, so the run ends",
    });
  }

  /** A lab is made anew; other interfaces may be back. What is still wrong with them, in words. */
  #renew(): string | undefined {
    try {
      this.#place = this.#open();
      return portFaults(this.#place).join(", ") || undefined;
    } catch (error) {
      if (error instanceof IopathError) return explain(error);
      throw error;
    }
  }

  #open(): Place {
    if (this.#hardware) return findPlace(this.#hardware);
    this.#lab?.[Symbol.dispose]();
    this.#lab = new VethLab();
    return this.#lab.place;
  }

  [Symbol.dispose](): void {
    this.#lab?.[Symbol.dispose]();
  }
}
