/**
 * A variant under an open loop: a lab, the variant's forwarder in one process and the tester in
 * another, each on its CPU. It makes trials; whether one counts, trial.ts says.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { leftovers, type Testbed, turnFeatureOn, undoOrphans } from "@iopath/lab";
import { inNamespace, processCpuNs } from "@iopath/native";
import type { Bins } from "./bins.ts";
import type { DeviceOptions } from "./device-options.ts";
import { watchForwarding } from "./forwarding-window.ts";
import { openGround, verify, verifyInLab } from "./ground.ts";
import { idleShareOf } from "./idle-share.ts";
import { openNearTester, type Tester } from "./near-tester.ts";
import { openReceivingThreads, type ReceivingThreads, softirqMsOf } from "./placement.ts";
import {
  type ForwarderProcess,
  meetingOf,
  openForwarderProcess,
  testerRequest,
} from "./processes.ts";
import {
  answerTo,
  type CountsOrder,
  type ForwarderCounts,
  type SendOrder,
  type TesterOrder,
  type Trial,
} from "./protocol.ts";
import { restMs } from "./rest.ts";

/** What is known at one moment. */
interface Marks {
  readonly atMs: number;
  readonly counts: ForwarderCounts;
  readonly cpuNs: number;
  readonly softirqMs: number;
}

/** A trial as it is asked for. */
interface Asked {
  readonly rate: number | undefined;
  readonly seconds: number;
  readonly promptly: boolean;
}

/** A forwarder answers between two turns of its loop; one that does not, hangs. */
const countsLimitMs = 10_000;
const justCounts: CountsOrder = { counts: true, collect: false, restMs: 0 };

/** What a device is made of. */
interface Parts {
  /** Ports, as this machine knows them, and what was on them before. */
  readonly testbed: Testbed;
  readonly before: readonly string[];
  readonly tester: Tester;
  readonly forwarder: ForwarderProcess;
  readonly resources: AsyncDisposableStack;
}

export class OpenLoopDevice implements AsyncDisposable {
  readonly #options: DeviceOptions;
  readonly #parts: Parts;
  #threads: ReceivingThreads | undefined;
  deviceMode = "";

  private constructor(options: DeviceOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
  }

  /**
   * Makes a lab, verifies the variant in it and opens both processes.
   *
   * @throws IopathError when the variant can't run here, is wrong, or does not open
   */
  static async open(options: DeviceOptions): Promise<OpenLoopDevice> {
    await using opening = new AsyncDisposableStack();
    const far = options.far && opening.use(await options.far());
    const { testbed, testersTestbed, before } = opening.use(
      openGround(options.interfaces, far?.ends),
    );
    // What a process that is killed can't undo itself.
    opening.defer(() => void undoOrphans());
    await (far ? verifyInLab(options) : verify(options, testbed));
    const { forwarderNamespace, ports } = testbed;
    if (testbed.class !== "hardware" && options.placement.ingress !== "none") {
      // Frames from an XDP program are taken by a veth port that polls: with a program, or GRO.
      const gro = inNamespace(forwarderNamespace, () => turnFeatureOn(ports[0].device, "rx-gro"));
      opening.defer(() => inNamespace(forwarderNamespace, () => gro[Symbol.dispose]()));
    }
    const meeting = meetingOf(options.variant);
    const forwarder = openForwarderProcess(options, testbed, meeting);
    const request = testerRequest(options, testersTestbed, meeting);
    const tester = far ?? openNearTester(request, options.signal);
    const parts = { testbed, before, tester, forwarder, resources: opening.move() };
    const device = new OpenLoopDevice(options, parts);
    try {
      // Both at once: where they wait for each other, the one that fails says why.
      const [{ deviceMode }] = await Promise.all([
        forwarder.ready(),
        "open" in tester ? tester.open(request) : tester.ready(),
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
    return this.#parts.forwarder.pid;
  }

  /**
   * @param rate frames per second; undefined sends as fast as it goes
   * @param promptly whether frames leave as soon as can be when they are due
   */
  async trial(rate: number | undefined, seconds: number, promptly = false): Promise<Trial> {
    const others = this.#options.realtime ? restMs : 0;
    const begin = await this.#marks({ counts: true, collect: true, restMs: others });
    const ofThreads = await this.#send({ rate, seconds, promptly });
    const middle = await this.#marks();
    const { status, ...sent } = await this.#askTester({ settle: true }, "sent");
    const counts = { ...sent, ...ofThreads };
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
  async #askTester<Status extends "over" | "sent">(order: TesterOrder, status: Status) {
    try {
      return await this.#parts.tester.ask(order, status, answerTo(order).limitMs);
    } catch (error) {
      this.#options.signal.throwIfAborted();
      await this.#parts.forwarder.ask(justCounts, "counts", countsLimitMs);
      throw error;
    }
  }

  /** Returns what the tester can't say of this machine's threads, if it is on another one. */
  async #send({ rate, seconds, promptly }: Asked) {
    const { realtime, variant } = this.#options;
    const threads = {
      forwarding: this.#forwardingThreads(),
      beside: this.#threads === undefined ? [] : [this.forwarderPid],
      ...{ polls: variant.kind === "polled", realtime },
    };
    const frames = { ...(rate === undefined ? {} : { rate }), seconds, promptly };
    const ask = async (send: SendOrder) => {
      await this.#askTester({ send }, "over");
    };
    if (!this.#options.far) {
      await ask({ ...frames, ...threads });
      return {};
    }
    const none = { forwarding: [], beside: [], polls: false };
    return await watchForwarding(threads, () => ask({ ...frames, ...none, realtime }));
  }

  /** Those that forward: the kernel's, or the main thread of the forwarder's process. */
  #forwardingThreads(): readonly number[] {
    return this.#threads?.threads ?? [this.forwarderPid];
  }

  /** What both CPUs do while nothing is sent, one after the other: the machine's own floor. */
  async noise(seconds: number): Promise<readonly Bins[]> {
    const { realtime } = this.#options;
    const order = { noise: { seconds: seconds / 2, realtime } };
    const { limitMs } = answerTo(order);
    const ofTester = await this.#parts.tester.ask(order, "noise", limitMs);
    const ofForwarder = await this.#parts.forwarder.ask(order, "noise", limitMs);
    return [ofTester.bins, ofForwarder.bins];
  }

  async #marks(order: CountsOrder = justCounts): Promise<Marks> {
    const { counts } = await this.#parts.forwarder.ask(order, "counts", countsLimitMs);
    const threads = this.#threads?.threads ?? [];
    const ofKernel = threads.reduce((sum, thread) => sum + (processCpuNs(thread) ?? 0), 0);
    return {
      atMs: performance.now(),
      counts,
      cpuNs: counts.cpuNs + ofKernel,
      softirqMs: softirqMsOf(this.#options.placement),
    };
  }

  /**
   * DPDK's own thread unmaps what a party that has gone shared. A forwarder polls all the time, and
   * would be in there; a tester touches its ports in trials alone.
   */
  #inClosingOrder(): readonly [AsyncDisposable, AsyncDisposable] {
    const testerFirst = this.#options.placement.ingress !== "none";
    const { tester, forwarder } = this.#parts;
    return testerFirst ? [tester, forwarder] : [forwarder, tester];
  }

  /**
   * Ends both processes and removes the lab.
   *
   * @throws IopathError, exit status 7, when a process that ended well left something behind
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await using _ground = this.#parts.resources; // last
    this.#threads?.[Symbol.dispose]();
    const [first, second] = this.#inClosingOrder();
    try {
      await first[Symbol.asyncDispose]();
    } finally {
      await second[Symbol.asyncDispose]();
      this.#requireClean();
    }
  }

  #requireClean(): void {
    const { tester, forwarder, testbed, before } = this.#parts;
    const isWhole = forwarder.endedWell && tester.endedWell && !this.#options.signal.aborted;
    const found = isWhole ? leftovers(testbed) : [];
    const dirt = found.filter((one) => !before.includes(one));
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
