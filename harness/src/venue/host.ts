/**
 * Where the trials of a run are made on this host: a lab of its own, or interfaces that are there.
 */
import { ExitStatus, explain, IopathError } from "@iopath/contract";
import {
  findTestbed,
  type Hardware,
  leftovers,
  settledPortFaults,
  type Testbed,
  undoOrphans,
  VethLab,
} from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import type { TrialResult } from "../trial/request.ts";
import { labOf, refusalOnHost } from "./labs.ts";
import { runTrial } from "./spawn-trial.ts";
import type { TrialOrder, Venue } from "./venue.ts";

/** Far beyond any healthy trial of the default matrix. */
const usualLimitMs = 180_000;

export interface HostVenueOptions {
  /** Interfaces to use; the lab when undefined. */
  readonly hardware: Hardware | undefined;
  /** The CPU that measures; the last one that this process may use when not given. */
  readonly cpu?: number;
  /** After which a trial is ended. */
  readonly trialLimitMs?: number;
  readonly signal: AbortSignal;
}

export class HostVenue implements Venue {
  readonly #options: HostVenueOptions;
  #testbed: Testbed;
  #lab: VethLab | undefined;
  /** Of the lab's ports. */
  #queues = 1;
  /** Whether a port failed in the trial before. */
  #broken = false;
  /** What others have on the user's ports: no trial left it. */
  #before: readonly string[] = [];

  constructor(options: HostVenueOptions) {
    this.#options = options;
    this.#testbed = this.#open();
  }

  /** Makes one trial. A port that fails meanwhile fails this trial; the next gets whole ports. */
  async order(order: TrialOrder): Promise<TrialResult> {
    const refusal = refusalOnHost(labOf(order.path, order.variant));
    if (refusal) return { status: "skipped", ...refusal };
    const { workers = 1 } = order;
    const cpus = allowedCpus().slice(-workers);
    if (!this.#options.hardware && cpus.length === workers && workers !== this.#queues) {
      this.#queues = workers;
      this.#broken = true; // a lab of another number of queues is another lab
    }
    const missing = this.#broken ? this.#renew() : undefined;
    if (missing) return { status: "failed", reason: missing };
    const testbed = this.#testbed;
    const { cpu = allowedCpus().at(-1)!, trialLimitMs = usualLimitMs, signal } = this.#options;
    // Workers choose among `cpus`; what starts them must not hand on one CPU to all.
    const where = workers === 1 ? { testbed, cpu } : { testbed, cpus };
    const result = await runTrial({ ...where, ...order }, trialLimitMs, signal);
    if (result.status === "failed") undoOrphans(); // its process may have been killed
    const faults = settledPortFaults(testbed);
    this.#broken = faults.length > 0;
    if (this.#broken) {
      const why = result.status === "failed" ? `; ${result.reason}` : "";
      return { status: "failed", reason: `${faults.join(", ")}${why}` };
    }
    const dirt = leftovers(testbed).filter((found) => !this.#before.includes(found));
    if (dirt.length === 0) return result;
    if (result.status === "failed" && this.#lab) {
      // Its process may have been killed before it could tidy up; the next trial gets a new lab.
      this.#broken = true;
      return { ...result, reason: `${result.reason}; it left: ${dirt.join(", ")}` };
    }
    throw new IopathError(ExitStatus.hostDirty, `a trial left ports dirty: ${dirt.join(", ")}`, {
      remedy: "this is a fault of the path; nothing measured after it would count, so the run ends",
    });
  }

  /** A lab is made anew; other interfaces may be back. What is still wrong with them, in words. */
  #renew(): string | undefined {
    try {
      this.#testbed = this.#open();
      return settledPortFaults(this.#testbed).join(", ") || undefined;
    } catch (error) {
      if (error instanceof IopathError) return explain(error);
      throw error;
    }
  }

  #open(): Testbed {
    const { hardware } = this.#options;
    undoOrphans();
    if (hardware) {
      const testbed = findTestbed(hardware);
      this.#before = leftovers(testbed);
      return testbed;
    }
    this.#lab?.[Symbol.dispose]();
    this.#lab = new VethLab(allowedCpus().slice(-this.#queues));
    return this.#lab.testbed;
  }

  [Symbol.dispose](): void {
    this.#lab?.[Symbol.dispose]();
  }
}
