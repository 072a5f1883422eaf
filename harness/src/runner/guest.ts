/** Runs trials in one guest. When a trial takes it down, the next trial boots another. */
import { resolve } from "node:path";
import { ExitStatus, explain, IopathError } from "@iopath/contract";
import type { GuestPlace, Testbed } from "@iopath/lab";
import {
  type Clock,
  findGuestMachine,
  findGuestPackages,
  Guest,
  type GuestMachine,
  type IommuMode,
} from "@iopath/lab/guest";
import { findLab } from "../paths/all.ts";
import { labOf } from "../paths/labs.ts";
import { namingFlags } from "../trial/loop/profiled-loop.ts";
import type { TrialRequestInput, TrialResult } from "../trial/request.ts";
import { parseAnswer, writeRequest } from "../trial/spawn-trial.ts";
import { tellDeath, trialFlags } from "../trial/trial-process.ts";
import { GuestProfiling, type ProfiledGuest } from "./guest-profiling.ts";
import type { HeldLabs, LabOrder } from "./hold-labs.ts";
import {
  type ClosedLoopOrder,
  type CountedTrial,
  namesOf,
  type RunnerOptions,
  type TrialOrder,
  type TrialRunner,
} from "./runner.ts";

const trialProgram = resolve(import.meta.dirname, "../trial/main.ts");
const labsProgram = resolve(import.meta.dirname, "hold-labs.ts");

/** Emulation is ten times slower than the host, and counting twice as slow again. */
const usualLimitMs = 600_000;
const labsLimitMs = 300_000;
/** Each took up to two boots. */
const failuresMax = 2;
/** The first process of the guest starts every trial. */
const agentPid = 1;

interface GuestToBoot {
  readonly clock: Clock;
  /** Its packages are there. */
  readonly machine: GuestMachine;
  /** By its name; the usual one when not given. */
  readonly kernel?: string;
  readonly iommu?: IommuMode;
  /** The profiler's file, where trials are profiled. */
  readonly profiler?: string;
}

/** @throws IopathError, exit status 3, for a machine that is not known */
export function guestToBoot({ kind: _kind, machine, ...chosen }: GuestPlace): GuestToBoot {
  return { ...chosen, machine: findGuestMachine(machine) };
}

/** What a runner uses of a guest. */
type BootedGuest = ProfiledGuest & Pick<Guest, "processors"> & Disposable;
type BootGuest = (toBoot: GuestToBoot) => Promise<BootedGuest>;

interface PreparedTrial {
  readonly guest: BootedGuest;
  readonly request: TrialRequestInput;
}

export class GuestRunner implements TrialRunner {
  readonly #toBoot: GuestToBoot;
  readonly #labOrders: readonly LabOrder[];
  readonly #options: RunnerOptions;
  readonly #boot: BootGuest;
  #guest: BootedGuest | undefined;
  #labs: HeldLabs | undefined;
  #profiling: GuestProfiling | undefined;
  /** Why guests did not come up. */
  readonly #failures: string[] = [];
  readonly #end = () => this[Symbol.dispose]();

  /**
   * @param variants that will be asked for, by path: labs take time to make
   * @param boot another way to get a guest, for tests
   */
  constructor(
    toBoot: GuestToBoot,
    variants: Readonly<Record<string, readonly string[]>>,
    options: RunnerOptions,
    boot: BootGuest = (wanted) => Guest.boot(wanted),
  ) {
    this.#toBoot = toBoot;
    this.#labOrders = labOrdersOf(variants, toBoot.machine);
    this.#options = options;
    this.#boot = boot;
    options.signal.addEventListener("abort", this.#end);
  }

  async run(order: TrialOrder): Promise<TrialResult> {
    const prepared = await this.#prepare(order);
    if ("status" in prepared) return prepared;
    return await this.#runIn(prepared.guest, prepared.request);
  }

  /**
   * As `run`, of a loop whose sampled windows are profiled.
   *
   * @throws IopathError when the guest's kernel can't be profiled
   */
  async profile(order: ClosedLoopOrder): Promise<CountedTrial> {
    const prepared = await this.#prepare(order);
    if ("status" in prepared) return { result: prepared };
    const { guest, request } = prepared;
    this.#profiling ??= await GuestProfiling.open(guest);
    const profiling = this.#profiling;
    const asked = { ...request, profiling: profiling.next() };
    const result = await this.#runIn(guest, asked, namingFlags);
    if (result.status !== "measured") return { result };
    return { result, raw: profiling.take() };
  }

  async #prepare(order: TrialOrder): Promise<TrialResult | PreparedTrial> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const ready = await this.#tryReady();
    if ("reason" in ready) return { status: "failed", reason: ready.reason };
    const { guest, labs } = ready;
    const { cpu = guest.processors - 1 } = this.#options;
    const lab = labs[labOf(order.path, order.variant)]!;
    if (!("testbed" in lab)) return { status: "skipped", ...this.#explained(lab) };
    const where = { ...namesOf(order), testbed: lab.testbed, cpu, parentPid: agentPid };
    return { guest, request: { ...order, ...where } };
  }

  /** A kernel that lacks a driver may be why there is no lab. */
  #explained({ missing, remedy }: Exclude<HeldLabs[string], { testbed: Testbed }>) {
    const { machine, kernel } = this.#toBoot;
    const { lacks, kernelVersion } = findGuestPackages(machine, kernel);
    if (lacks.length === 0) return { missing, remedy };
    return { missing: `${missing}; kernel ${kernelVersion} has no ${lacks.join(", ")}`, remedy };
  }

  async #runIn(
    guest: BootedGuest,
    request: TrialRequestInput,
    nodeFlags: readonly string[] = [],
  ): Promise<TrialResult> {
    const { trialLimitMs = usualLimitMs } = this.#options;
    let output = "";
    let complaint = "";
    try {
      const status = await guest.run(this.#node(nodeFlags, trialProgram), {
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
  #node(more: readonly string[], program: string, ...args: string[]): [string, ...string[]] {
    const flags = this.#toBoot.clock === "instructions" ? ["--single-threaded"] : [];
    return [process.execPath, ...trialFlags(), ...flags, ...more, program, ...args];
  }

  /** A guest that does not come up fails the trial; after the second one no more are tried. */
  async #tryReady(): Promise<{ guest: BootedGuest; labs: HeldLabs } | { reason: string }> {
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

  async #ready(): Promise<{ guest: BootedGuest; labs: HeldLabs }> {
    if (!this.#guest || !this.#labs) {
      this.#guest = await this.#boot(this.#toBoot);
      this.#options.signal.throwIfAborted();
      this.#labs = await this.#openLabs(this.#guest);
    }
    return { guest: this.#guest, labs: this.#labs };
  }

  async #openLabs(guest: BootedGuest): Promise<HeldLabs> {
    let output = "";
    let complaint = "";
    const program = this.#node([], labsProgram, JSON.stringify(this.#labOrders));
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
    return JSON.parse(output) as HeldLabs;
  }

  #drop(): void {
    this.#guest?.[Symbol.dispose]();
    this.#guest = undefined;
    this.#labs = undefined;
    this.#profiling = undefined;
  }

  [Symbol.dispose](): void {
    this.#options.signal.removeEventListener("abort", this.#end);
    this.#drop();
  }
}

/** Each lab that the variants need, once, and the path that brings it along. */
function labOrdersOf(
  variants: Readonly<Record<string, readonly string[]>>,
  { cards }: Pick<GuestMachine, "cards">,
): LabOrder[] {
  const names = Object.entries(variants).flatMap(([path, own]) =>
    own.map((variant) => labOf(path, variant)),
  );
  return [...new Set(names)].map((name) => {
    const broughtBy = findLab(name)?.broughtBy;
    if (broughtBy) return { name, broughtBy };
    return { name, ...(cards ? { cards } : {}) };
  });
}
