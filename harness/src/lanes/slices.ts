/** The slices of a lane: samples for some milliseconds, and what all of them took. */
import { Deadline, type Forwarder } from "@iopath/contract";
import { residentBytesMax } from "@iopath/native";
import { sliceCost } from "../statistics/paired-slices.ts";
import { measureClockNs, windowsPerSample } from "../trial/loop/clock-cost.ts";
import { observeCollections } from "../trial/loop/collections.ts";
import { type Effort, effortSince, readEffort, shareOf } from "../trial/loop/effort.ts";
import { newExchange, newTurningExchange, turns } from "../trial/loop/exchange.ts";
import type { OpenTrial } from "../trial/open-trial.ts";
import type { LaneTotals } from "../trial/request.ts";
import type { SliceOrder } from "./protocol.ts";

/** A slice with too few samples goes on for so many times as long, at most. */
const extensionMax = 10;
/** Windows that tell how long one takes. */
const triedWindows = 64;
const triedMs = 5;

export class Slices {
  readonly #trial: OpenTrial;
  readonly #window: number;
  readonly #exchange: () => void | Promise<void>;
  readonly #receivedBefore: number;
  readonly #collections = observeCollections();
  /** Begin and end of each slice, milliseconds. */
  readonly #spansMs: (readonly [number, number])[] = [];
  readonly #clockNs = measureClockNs();
  #slicesMs = 0;
  #windows = 0;
  #sampled = 0;
  #kept = 0;
  #windowsPerSample = 1;
  #cpu = { user: 0, system: 0 };
  #effort: Effort | undefined;

  constructor(trial: OpenTrial, window: number) {
    const { tester, forwarder } = trial;
    this.#trial = trial;
    this.#window = window;
    this.#exchange =
      forwarder && turns(forwarder)
        ? newTurningExchange(tester, forwarder, window)
        : newExchange(tester, forwarder, window);
    this.#receivedBefore = tester.received();
  }

  /** @param msMax a path whose windows wait for a timer is warm by then */
  async warmUp(windows: number, msMax: number): Promise<void> {
    const deadline = new Deadline(msMax);
    for (let i = 0; i < windows && !deadline.isOver(); i++) await this.#oneSample(1);
    const begin = performance.now();
    let tried = 0;
    do {
      await this.#oneSample(1);
      tried++;
    } while (tried < triedWindows && performance.now() - begin < triedMs);
    const windowNs = ((performance.now() - begin) * 1e6) / tried;
    this.#windowsPerSample = windowsPerSample(windowNs, this.#clockNs);
  }

  /** The samples of one slice, in nanoseconds per frame. */
  async run({ sliceMs, samplesMin = 1 }: SliceOrder): Promise<number[]> {
    return this.#run(sliceMs, samplesMin);
  }

  /** As `run`, of several windows a sample where one is short; counted for the totals. */
  async runCounted({ sliceMs, settleMs = 0, samplesMin = 1 }: SliceOrder, keep: number) {
    const settling = performance.now();
    while (performance.now() < settling + settleMs) await this.#oneSample(1);
    const cpuBefore = process.cpuUsage();
    const before = readEffort(this.#trial.forwarder);
    const begin = performance.now();
    const samples = await this.#run(sliceMs, samplesMin, this.#windowsPerSample);
    const end = performance.now();
    this.#spansMs.push([begin, end]);
    this.#slicesMs += end - settling;
    const cpu = process.cpuUsage(cpuBefore);
    this.#cpu = { user: this.#cpu.user + cpu.user, system: this.#cpu.system + cpu.system };
    this.#effort = sumOf(this.#effort, effortSince(before, readEffort(this.#trial.forwarder)));
    const kept = spread(samples, keep);
    this.#sampled += samples.length * this.#windowsPerSample;
    this.#kept += kept.length;
    return { windowsNs: kept, costNs: sliceCost(samples) };
  }

  async #run(sliceMs: number, samplesMin: number, windows = 1): Promise<number[]> {
    const samples: number[] = [];
    const frames = windows * this.#window;
    const begin = performance.now();
    let start = begin;
    for (;;) {
      const turning = this.#oneSample(windows);
      if (turning) await turning;
      const end = performance.now();
      samples.push(Math.round(((end - start) * 1e7) / frames) / 10);
      start = end;
      const took = end - begin;
      if (took < sliceMs) continue;
      if (samples.length >= samplesMin || took >= extensionMax * sliceMs) return samples;
    }
  }

  /** Nothing is waited for where the path has no event loop: a promise per sample would show. */
  #oneSample(windows: number): void | Promise<void> {
    for (let i = 0; i < windows; i++) {
      const turning = this.#exchange();
      if (turning) return this.#turn(turning, windows - i - 1);
    }
    this.#windows += windows;
  }

  async #turn(first: Promise<void>, left: number): Promise<void> {
    await first;
    for (let i = 0; i < left; i++) await this.#exchange();
    this.#windows += left + 1;
  }

  /** Of the samples that were kept: their share of what all took. */
  async totals(): Promise<LaneTotals> {
    const { tester, forwarder } = this.#trial;
    const startsMs = await this.#collections();
    const inside = (atMs: number) =>
      this.#spansMs.some(([begin, end]) => begin <= atMs && atMs <= end);
    const share = this.#sampled > 0 ? this.#kept / this.#sampled : 0;
    const part = (count: number) => Math.round(count * share);
    const none = { syscalls: null, wakeups: null, contextSwitches: 0 };
    return {
      framesSent: this.#windows * this.#window,
      framesReceived: (tester.received() - this.#receivedBefore) | 0,
      garbageCollections: startsMs.filter(inside).length,
      residentBytesMax: residentBytesMax(),
      cpuUserUs: part(this.#cpu.user),
      cpuSystemUs: part(this.#cpu.system),
      ...shareOf(this.#effort ?? none, share),
      deviceMode: forwarderMode(forwarder),
      ...(tester.note ? { note: tester.note } : {}),
      clockNs: this.#clockNs,
      windowsPerSample: this.#windowsPerSample,
      slicesMs: this.#slicesMs,
    };
  }
}

function forwarderMode(forwarder: Forwarder | undefined): string {
  return forwarder?.path.deviceMode ?? "";
}

function sumOf(before: Effort | undefined, more: Effort): Effort {
  if (!before) return more;
  const add = (a: number | null, b: number | null) => (a === null || b === null ? null : a + b);
  return {
    syscalls: add(before.syscalls, more.syscalls),
    wakeups: add(before.wakeups, more.wakeups),
    contextSwitches: before.contextSwitches + more.contextSwitches,
  };
}

/** So many of them, evenly over the slice, from a place that is drawn: a sample of its windows. */
export function spread(samples: readonly number[], keep: number, random = Math.random): number[] {
  if (samples.length <= keep) return [...samples];
  const step = samples.length / keep;
  const first = random() * step;
  return Array.from({ length: keep }, (_, i) => samples[Math.floor(first + i * step)]!);
}
