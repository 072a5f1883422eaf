/** Runs trials on this host: in a lab of its own, or between interfaces that were there before. */
import { ExitStatus, explain, IopathError, requireTrouble } from "@iopath/contract";
import {
  findTestbed,
  type InterfacesPlace,
  type LabPlace,
  leftovers,
  settledPortFaults,
  type Testbed,
  undoOrphans,
  VethLab,
} from "@iopath/lab";
import { allowedCpus } from "@iopath/native";
import { LabRow } from "../lanes/lab-row.ts";
import { type Launch, type LaunchOutcome, lanesOf, runLaunch } from "../lanes/launch.ts";
import { lackOf } from "../paths/labs.ts";
import type { TrialResult } from "../trial/request.ts";
import { runTrial } from "../trial/spawn-trial.ts";
import { namesOf, type RunnerOptions, type TrialOrder, type TrialRunner } from "./runner.ts";

/** Far beyond any healthy trial of the default matrix. */
const usualLimitMs = 180_000;

export class HostRunner implements TrialRunner {
  readonly #place: LabPlace | InterfacesPlace;
  readonly #options: RunnerOptions;
  #testbed: Testbed;
  #lab: VethLab | undefined;
  /** Of the lab's ports. */
  #queues = 1;
  /** Whether a port failed in the trial before. */
  #broken = false;
  /** What others have on the user's ports: no trial left it. */
  #before: readonly string[] = [];
  /** Labs of cells that are measured in turns. */
  readonly #row = new LabRow();

  constructor(place: LabPlace | InterfacesPlace, options: RunnerOptions) {
    this.#place = place;
    this.#options = options;
    this.#testbed = this.#open();
  }

  /** Makes one trial. A port that fails meanwhile fails this trial; the next gets whole ports. */
  async run(order: TrialOrder): Promise<TrialResult> {
    const lack = lackOf(this.#place, order);
    if (lack) return { status: "skipped", ...lack };
    const { workers = 1 } = order;
    const cpus = allowedCpus().slice(-workers);
    if (this.#place.kind === "lab" && cpus.length === workers && workers !== this.#queues) {
      this.#queues = workers;
      this.#broken = true; // a lab of another number of queues is another lab
    }
    const missing = this.#broken ? this.#renew() : undefined;
    if (missing) return { status: "failed", reason: missing };
    const testbed = this.#testbed;
    const { cpu = allowedCpus().at(-1)!, trialLimitMs = usualLimitMs, signal } = this.#options;
    // Workers choose among `cpus`; what starts them must not hand on one CPU to all.
    const where = workers === 1 ? { cpu } : { cpus };
    const request = { ...order, ...namesOf(order), testbed, ...where };
    const result = await runTrial(request, trialLimitMs, signal);
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

  async launch(launch: Launch): Promise<LaunchOutcome> {
    const { cpu = allowedCpus().at(-1)!, signal } = this.#options;
    const count = lanesOf(launch);
    const testbeds = this.#row.testbeds(count);
    const place = { testbeds, cpu, signal };
    const { results, suspect, ...spent } = await runLaunch(launch, place);
    const faults = this.#row.inspect(count, suspect);
    const sound = results.map((result, i): TrialResult => {
      const fault = faults.get(i);
      return fault === undefined ? result : { status: "failed", reason: fault };
    });
    return { results: sound, ...spent };
  }

  /** Makes a new lab, or looks whether interfaces are back. What is still wrong, in words. */
  #renew(): string | undefined {
    try {
      this.#testbed = this.#open();
      return settledPortFaults(this.#testbed).join(", ") || undefined;
    } catch (error) {
      return explain(requireTrouble(error));
    }
  }

  #open(): Testbed {
    if (this.#place.kind === "interfaces") {
      undoOrphans(); // a lab does so itself
      // Asked again: others may have come to them while the run waited for its turn.
      const testbed = findTestbed(this.#place);
      this.#before = leftovers(testbed);
      return testbed;
    }
    this.#lab?.[Symbol.dispose]();
    this.#lab = new VethLab(allowedCpus().slice(-this.#queues));
    return this.#lab.testbed;
  }

  [Symbol.dispose](): void {
    this.#row[Symbol.dispose]();
    this.#lab?.[Symbol.dispose]();
  }
}
