/** One guest for many trials. A guest that a trial took down is booted anew for the next. */
import { resolve } from "node:path";
import { ExitStatus, explain, IopathError } from "@iopath/contract";
import { type Clock, Guest, type GuestMachine } from "@iopath/lab/guest";
import type { TrialResult } from "../trial/request.ts";
import { type LabName, type Labs, labOf } from "./labs.ts";
import { parseAnswer, tellDeath, trialFlags, writeRequest } from "./spawn-trial.ts";
import type { TrialOrder, Venue } from "./venue.ts";

const trialProgram = resolve(import.meta.dirname, "../trial/main.ts");
const labsProgram = resolve(import.meta.dirname, "../venue/hold-labs.ts");

/** Emulation is ten times slower than the host, and counting twice as slow again. */
const usualLimitMs = 600_000;
const labsLimitMs = 300_000;
/** Each took up to two boots. */
const failuresMax = 2;
/** The first process of the guest starts every trial. */
const agentPid = 1;

export interface GuestVenueOptions {
  readonly clock: Clock;
  /** Its packages are there. */
  readonly machine: GuestMachine;
  /** The guest's CPU that measures, its last one when it is not said. */
  readonly cpu?: number;
  /** After which a trial is ended. */
  readonly trialLimitMs?: number;
  /** The variants that will be asked for, by path: labs take time to make. */
  readonly paths: Readonly<Record<string, readonly string[]>>;
  readonly signal: AbortSignal;
}

export class GuestVenue implements Venue {
  readonly #options: GuestVenueOptions;
  #guest: Guest | undefined;
  #labs: Labs | undefined;
  /** Why guests did not come up. */
  readonly #failures: string[] = [];
  readonly #end = () => this[Symbol.dispose]();

  constructor(options: GuestVenueOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#end);
  }

  async order(order: TrialOrder): Promise<TrialResult> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const ready = await this.#tryReady();
    if ("reason" in ready) return { status: "failed", reason: ready.reason };
    const { guest, labs } = ready;
    const { cpu = guest.processors - 1 } = this.#options;
    const lab = labs[labOf(order.path, order.variant)]!;
    if (!("testbed" in lab)) return { status: "skipped", ...lab };
    return await this.#run(guest, { testbed: lab.testbed, cpu, parentPid: agentPid, ...order });
  }

  async #run(guest: Guest, request: object): Promise<TrialResult> {
    const { trialLimitMs = usualLimitMs } = this.#options;
    let output = "";
    let complaint = "";
    try {
      const status = await guest.run(this.#node(trialProgram), {
        limitMs: trialLimitMs,
        input: writeRequest(request),
        onOutput: (chunk) => (output += chunk),
        onError: (chunk) => (complaint += chunk),
      });
      if (status === 0) return parseAnswer(output);
      return tellDeath({ code: status, killedBy: null }, complaint, trialLimitMs);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.#drop();
      return { status: "failed", reason: explain(error) };
    }
  }

  /** With counted instructions V8 has no helper threads: their work would fall anywhere. */
  #node(program: string, ...args: string[]): [string, ...string[]] {
    const flags = this.#options.clock === "instructions" ? ["--single-threaded"] : [];
    return [process.execPath, ...trialFlags, ...flags, program, ...args];
  }

  /** A guest that does not come up fails the trial; after the second one no more are tried. */
  async #tryReady(): Promise<{ guest: Guest; labs: Labs } | { reason: string }> {
    if (this.#failures.length >= failuresMax) return { reason: this.#failures.at(-1)! };
    try {
      return await this.#ready();
    } catch (error) {
      this.#options.signal.throwIfAborted();
      this.#drop();
      this.#failures.push(explain(error));
      return { reason: this.#failures.at(-1)! };
    }
  }

  async #ready(): Promise<{ guest: Guest; labs: Labs }> {
    const { clock, machine, paths, signal } = this.#options;
    if (!this.#guest || !this.#labs) {
      this.#guest = await Guest.boot({ clock, machine });
      signal.throwIfAborted();
      this.#labs = await this.#openLabs(this.#guest, labsOf(paths));
    }
    return { guest: this.#guest, labs: this.#labs };
  }

  async #openLabs(guest: Guest, names: readonly LabName[]): Promise<Labs> {
    let output = "";
    let complaint = "";
    const program = this.#node(labsProgram, ...names);
    // It goes on in the background: the labs last as long as the process that made them.
    const script = `"$@" </dev/null >/run/labs 2>/run/labs-error &
      while [ -d /proc/$! ] && [ ! -s /run/labs ]; do sleep 0.1; done; cat /run/labs-error >&2; cat /run/labs`;
    const status = await guest.run(["bash", "-c", script, "labs", ...program], {
      limitMs: labsLimitMs,
      onOutput: (chunk) => (output += chunk),
      onError: (chunk) => (complaint += chunk),
    });
    if (status !== 0 || output === "") {
      throw new IopathError(ExitStatus.cannotRun, `no labs in the guest: ${complaint.trim()}`);
    }
    return JSON.parse(output) as Labs;
  }

  #drop(): void {
    this.#guest?.[Symbol.dispose]();
    this.#guest = undefined;
    this.#labs = undefined;
  }

  [Symbol.dispose](): void {
    this.#options.signal.removeEventListener("abort", this.#end);
    this.#drop();
  }
}

function labsOf(paths: GuestVenueOptions["paths"]): LabName[] {
  const names = Object.entries(paths).flatMap(([path, variants]) =>
    variants.map((variant) => labOf(path, variant)),
  );
  return [...new Set(names)];
}
