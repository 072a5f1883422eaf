/**
 * Runs trials on the user's own devices: functions of a card (`--pf`), verbs devices (`--rdma-
 * device`).
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { DevicesPlace, Testbed } from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { findLab } from "../paths/all.ts";
import { labOfPlace, lackOf } from "../paths/labs.ts";
import type { TrialResult } from "../trial/request.ts";
import { runTrial } from "../trial/spawn-trial.ts";
import { namesOf, type RunnerOptions, type TrialOrder, type TrialRunner } from "./runner.ts";

export class DevicesRunner implements TrialRunner {
  readonly #place: DevicesPlace;
  readonly #options: RunnerOptions;
  readonly #testbed: Testbed;
  readonly #limitMs: number;
  readonly #resources: DisposableStack;

  /** @throws IopathError when a device is missing, or carries the default route */
  constructor(place: DevicesPlace, options: RunnerOptions) {
    const devices = findLab(labOfPlace(place))?.lab.devices;
    if (!devices) throw new IopathError(ExitStatus.cannotRun, `no path uses a ${place.kind}`);
    using opening = new DisposableStack();
    this.#place = place;
    this.#options = options;
    this.#limitMs = options.trialLimitMs ?? devices.trialLimitMs;
    this.#testbed = devices.open(place, opening);
    this.#resources = opening.move();
  }

  async run(order: TrialOrder): Promise<TrialResult> {
    const lack = lackOf(this.#place, order);
    if (lack) return { status: "skipped", ...lack };
    const { cpu = allowedCpus().at(-1)!, signal } = this.#options;
    const request = { ...order, ...namesOf(order), testbed: this.#testbed, cpu };
    return await runTrial(request, this.#limitMs, signal);
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}
