/**
 * A variant under an open loop: a lab, the variant's forwarder in one process and the tester in
 * another, each on its CPU. It makes trials; whether one counts, trial.ts says.
 */
import { fileURLToPath } from "node:url";
import { ExitStatus, IopathError, type Path, type Variant } from "@iopath/contract";
import { type Interfaces, leftovers, type Testbed, turnFeatureOn, undoOrphans } from "@iopath/lab";
import { inNamespace, processCpuNs } from "@iopath/native";
import type { Planted } from "../matrix/planted.ts";
import { pathNameOf } from "../paths/all.ts";
import { LineProcess, type LineProgram } from "../trial/line-process.ts";
import { ownRevision } from "../trial/revision.ts";
import { workloadNameOf } from "../workloads/known.ts";
import type { Bins } from "./bins.ts";
import { type Ground, openGround, verify } from "./ground.ts";
import { idleShareOf } from "./idle-share.ts";
import {
  openReceivingThreads,
  type Placement,
  type ReceivingThreads,
  softirqMs,
} from "./placement.ts";
import {
  type CountsOrder,
  type ForwarderCounts,
  forwarderAnswer,
  type TesterOrder,
  type Trial,
  testerAnswer,
} from "./protocol.ts";
import { restMs } from "./rest.ts";

export interface DeviceOptions {
  readonly path: Path;
  readonly variant: Variant;
  readonly workload: string;
  readonly frameBytes: number;
  readonly burst: number;
  readonly placement: Placement;
  /** Whether tester and forwarder have real-time priority while frames are sent. */
  readonly realtime: boolean;
  /** Interfaces that are there, in place of the lab. */
  readonly interfaces?: Interfaces;
  /** Needless work of forwarder and generator, to test whether the bound is named correctly. */
  readonly planted?: Planted;
  readonly needlessLooks?: number;
  readonly signal: AbortSignal;
}

/** What is known at one moment. */
interface Marks {
  readonly atMs: number;
  readonly counts: ForwarderCounts;
  readonly cpuNs: number;
  readonly softirqMs: number;
}

/** A forwarder answers between two turns of its loop; one that does not, hangs. */
const countsLimitMs = 10_000;
/** What a trial may take longer than its time. */
const trialSlackMs = 20_000;
const justCounts: CountsOrder = { counts: true, collect: false, restMs: 0 };

/** @param file below this folder */
function program(what: string, file: string): LineProgram {
  return {
    ...{ what, revision: ownRevision, node: process.execPath },
    file: fileURLToPath(new URL(file, import.meta.url)),
    toError: (message) => new IopathError(ExitStatus.cellFailed, message),
  };
}

/** Of this process: at each another forwarder meets its tester. */
let meetings = 0;

export class OpenLoopDevice implements AsyncDisposable {
  readonly #options: DeviceOptions;
  readonly #testbed: Testbed;
  readonly #before: readonly string[];
  readonly #tester: LineProcess<ReturnType<typeof testerAnswer.parse>>;
  readonly #forwarder: LineProcess<ReturnType<typeof forwarderAnswer.parse>>;
  readonly #resources: DisposableStack;
  #threads: ReceivingThreads | undefined;
  deviceMode = "";

  private constructor(
    options: DeviceOptions,
    { testbed, before }: Ground,
    resources: DisposableStack,
  ) {
    const { path, variant, workload, frameBytes, burst, placement, signal } = options;
    const { planted, needlessLooks = 0, realtime } = options;
    const { testerCpu, forwarderCpu } = placement;
    this.#options = options;
    this.#testbed = testbed;
    this.#before = before;
    this.#resources = resources;
    const common = { testbed, ...workloadNameOf(workload) };
    const named = { ...pathNameOf(path.name), variant: variant.name };
    const meeting = variant.ownTesters ? { meetingAt: `iopath-${process.pid}-${meetings++}` } : {};
    this.#forwarder = new LineProcess(
      program(`the forwarder of ${path.name}/${variant.name}`, "forwarder/main.ts"),
      {
        ...{ ...common, ...named, ...meeting, burst },
        ...{ cpu: forwarderCpu, ...(planted ? { planted } : {}) },
        // Without priorities it would have half of the CPU that the kernel's thread forwards on.
        staysAwake: realtime,
      },
      forwarderAnswer,
      signal,
    );
    this.#tester = new LineProcess(
      program("the tester", "tester/main.ts"),
      {
        ...{ ...common, carrier: variant.carrier, frameBytes, cpu: testerCpu },
        needlessLooks,
        ...(variant.ownTesters ? { farEnds: { ...named, ...meeting } } : {}),
      },
      testerAnswer,
      signal,
    );
  }

  /**
   * Makes a lab, verifies the variant in it and opens both processes.
   *
   * @throws IopathError when the variant can't run here, is wrong, or does not open
   */
  static async open(options: DeviceOptions): Promise<OpenLoopDevice> {
    using opening = new DisposableStack();
    const ground = opening.use(openGround(options.interfaces));
    const { testbed } = ground;
    await verify(options, testbed);
    const { forwarderNamespace, ports } = testbed;
    if (testbed.class !== "hardware" && options.placement.ingress !== "none") {
      // Frames from an XDP program are taken by a veth port that polls: with a program, or GRO.
      const gro = inNamespace(forwarderNamespace, () => turnFeatureOn(ports[0].device, "rx-gro"));
      opening.defer(() => inNamespace(forwarderNamespace, () => gro[Symbol.dispose]()));
    }
    const device = new OpenLoopDevice(options, ground, opening.move());
    try {
      // Both at once: where they wait for each other, the one that fails says why.
      const [{ deviceMode }] = await Promise.all([
        device.#forwarder.ready(),
        device.#tester.ready(),
      ]);
      device.deviceMode = deviceMode;
      if (options.placement.ingress === "forwarder") {
        device.#threads = openReceivingThreads(testbed, options.placement);
      }
      return device;
    } catch (error) {
      await device[Symbol.asyncDispose]();
      throw error;
    }
  }

  get forwarderPid(): number {
    return this.#forwarder.pid;
  }

  /**
   * @param rate frames per second; undefined sends as fast as it goes
   * @param promptly whether frames leave as soon as can be when they are due
   */
  async trial(rate: number | undefined, seconds: number, promptly = false): Promise<Trial> {
    const others = this.#options.realtime ? restMs : 0;
    const begin = await this.#marks({ counts: true, collect: true, restMs: others });
    const order: TesterOrder = {
      send: {
        ...{ ...(rate === undefined ? {} : { rate }), seconds, promptly },
        ...{ forwarding: this.#forwardingThreads(), realtime: this.#options.realtime },
        beside: this.#threads === undefined ? [] : [this.forwarderPid],
        polls: this.#options.variant.kind === "polled",
      },
    };
    const limitMs = seconds * 1000 + trialSlackMs;
    await this.#askTester(order, "over", limitMs);
    const middle = await this.#marks();
    const { status, ...counts } = await this.#askTester({ settle: true }, "sent", trialSlackMs);
    const end = await this.#marks();
    const empty = (from: Marks, to: Marks) => to.counts.emptySteps - from.counts.emptySteps;
    const effort = {
      seconds: (end.atMs - begin.atMs) / 1000,
      forwarderCpuNs: end.cpuNs - begin.cpuNs,
      softirqNs: (end.softirqMs - begin.softirqMs) * 1e6,
      idleShare: idleShareOf({
        sending: {
          seconds: (middle.atMs - begin.atMs) / 1000,
          emptySteps: empty(begin, middle),
        },
        // Of its own CPU time: others may have the CPU while it waits.
        after: {
          seconds: (end.counts.cpuNs - middle.counts.cpuNs) / 1e9,
          emptySteps: empty(middle, end),
        },
        sendingS: counts.sendingNs / 1e9,
      }),
      forwarder: differenceOf(begin.counts, end.counts),
    };
    return { counts, effort };
  }

  /**
   * A tester that shares memory with its forwarder may die of its end: where that has ended, its
   * error is the one to be told.
   */
  async #askTester<Status extends "over" | "sent">(
    order: TesterOrder,
    status: Status,
    limitMs: number,
  ) {
    try {
      return await this.#tester.ask(order, status, limitMs);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      await this.#forwarder.ask(justCounts, "counts", countsLimitMs);
      throw error;
    }
  }

  /** Those that forward: the kernel's, or the main thread of the forwarder's process. */
  #forwardingThreads(): readonly number[] {
    return this.#threads?.threads ?? [this.forwarderPid];
  }

  /** What both CPUs do while nothing is sent, one after the other: the machine's own floor. */
  async noise(seconds: number): Promise<readonly Bins[]> {
    const { realtime } = this.#options;
    const noise = { seconds: seconds / 2, realtime };
    const limitMs = seconds * 1000 + trialSlackMs;
    const ofTester = await this.#tester.ask({ noise }, "noise", limitMs);
    const ofForwarder = await this.#forwarder.ask({ noise }, "noise", limitMs);
    return [ofTester.bins, ofForwarder.bins];
  }

  async #marks(order: CountsOrder = justCounts): Promise<Marks> {
    const { ingress, testerCpu } = this.#options.placement;
    const { counts } = await this.#forwarder.ask(order, "counts", countsLimitMs);
    const threads = this.#threads?.threads ?? [];
    const ofKernel = threads.reduce((sum, thread) => sum + (processCpuNs(thread) ?? 0), 0);
    return {
      atMs: performance.now(),
      counts,
      cpuNs: counts.cpuNs + ofKernel,
      // On ports of the path's own frames cause none.
      softirqMs: ingress === "none" ? 0 : softirqMs(testerCpu),
    };
  }

  /**
   * DPDK's own thread unmaps what a party that has gone shared. A forwarder polls all the time, and
   * would be in there; a tester touches its ports in trials alone.
   */
  #inClosingOrder(): readonly [AsyncDisposable, AsyncDisposable] {
    const testerFirst = this.#options.placement.ingress !== "none";
    return testerFirst ? [this.#tester, this.#forwarder] : [this.#forwarder, this.#tester];
  }

  /**
   * Ends both processes and removes the lab.
   *
   * @throws IopathError, exit status 7, when a process that ended well left something behind
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const { signal } = this.#options;
    this.#threads?.[Symbol.dispose]();
    const [first, second] = this.#inClosingOrder();
    await first[Symbol.asyncDispose]();
    await second[Symbol.asyncDispose]();
    const isWhole = this.#forwarder.endedWell && this.#tester.endedWell && !signal.aborted;
    const found = isWhole ? leftovers(this.#testbed) : [];
    const dirt = found.filter((one) => !this.#before.includes(one));
    if (!isWhole) undoOrphans();
    this.#resources.dispose();
    if (dirt.length === 0) return;
    throw new IopathError(ExitStatus.hostDirty, `an open loop left: ${dirt.join(", ")}`, {
      remedy: "this is a fault of the path; a lab is removed, and nothing else was touched",
    });
  }
}

function differenceOf(before: ForwarderCounts, after: ForwarderCounts): ForwarderCounts {
  const less = (key: keyof ForwarderCounts) => {
    const [from, to] = [before[key], after[key]];
    return from === null || to === null ? null : to - from;
  };
  const keys = Object.keys(after) as (keyof ForwarderCounts)[];
  return Object.fromEntries(keys.map((key) => [key, less(key)])) as ForwarderCounts;
}
