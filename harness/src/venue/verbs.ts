/** Where trials are made on verbs devices of this machine, named with --rdma-device. */
import type { Testbed } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { classOfDevices, verbsTestbed } from "@iopath/pvrdma";
import type { TrialResult } from "../trial/request.ts";
import { labOf } from "./labs.ts";
import { runTrial } from "./spawn-trial.ts";
import type { TrialOrder, Venue } from "./venue.ts";

const usualLimitMs = 180_000;

export interface VerbsVenueOptions {
  /** Of port 0 and port 1. */
  readonly devices: readonly [string, string];
  /** The CPU that measures; the last one that this process may use when not given. */
  readonly cpu?: number;
  /** After which a trial is ended. */
  readonly trialLimitMs?: number;
  readonly signal: AbortSignal;
}

export class VerbsVenue implements Venue {
  readonly #options: VerbsVenueOptions;
  readonly #testbed: Testbed;

  constructor(options: VerbsVenueOptions) {
    this.#options = options;
    const { devices } = options;
    this.#testbed = { ...verbsTestbed(devices, classOfDevices(devices)), shared: true };
  }

  /**
   * A path makes and unmakes all that it needs of a verbs device: there is nothing else to look
   * after.
   */
  async order(order: TrialOrder): Promise<TrialResult> {
    if (labOf(order.path, order.variant) !== "verbs") {
      const missing =
        "the ports of this place are verbs devices, which only pvrdma's variants take";
      return { status: "skipped", missing, remedy: "add `--path pvrdma` to `--rdma-device`" };
    }
    const { cpu = allowedCpus().at(-1)!, trialLimitMs = usualLimitMs, signal } = this.#options;
    return await runTrial({ testbed: this.#testbed, cpu, ...order }, trialLimitMs, signal);
  }

  [Symbol.dispose](): void {}
}
