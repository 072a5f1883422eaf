/**
 * The closed loop: a window of frames is sent, forwarded and received before the next. No pacing,
 * no loss, one process on one CPU, so that what is timed is the work and not the waiting.
 */
import { performance } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";
import type { Forwarder, MeasuringTester } from "@iopath/contract";
import { noteOnAccess, residentBytesMax } from "@iopath/native";
import { medianSorted } from "simple-statistics";
import { Bench } from "tinybench";
import type { ClosedLoopRequest, MeasuredResult, TrialTiming } from "../request.ts";
import type { Board } from "../workers/board.ts";
import { Teamwork } from "../workers/teamwork.ts";
import { measureClockNs, windowsPerSample } from "./clock-cost.ts";
import { observeCollections } from "./collections.ts";
import { effortSince, readEffort, shareOf } from "./effort.ts";
import { newExchange, newTurningExchange, teamSilenceMsMax, turns } from "./exchange.ts";
import { ProfiledLoop } from "./profiled-loop.ts";
import { WarmUp } from "./warm-up.ts";

/** Windows of the warm-up, its last, that tell how long one takes. */
const windowsTried = 64;

/** Of the process, with what V8 does beside us; of a thread among others, of that alone. */
const cpuUsage = isMainThread ? process.cpuUsage : process.threadCpuUsage;

/** Warms up, samples, and reports nanoseconds per frame for every window. */
export async function measureClosedLoop(
  request: ClosedLoopRequest,
  tester: MeasuringTester,
  forwarder: Forwarder | undefined,
  board?: Board,
): Promise<MeasuredResult> {
  const { warmUpWindows, samples, window } = request;
  const times = new WindowTimes(2 * warmUpWindows + samples, window);
  const receivedBefore = tester.received();
  const silenceMs = board ? teamSilenceMsMax : undefined;
  const oneWindow = newTimedWindow(times, tester, forwarder, window, silenceMs);
  const profiled = request.profiling && new ProfiledLoop(request.profiling);
  const team =
    board && request.team ? new Teamwork(board, request.team.worker, forwarder) : undefined;
  team?.begin();

  const collections = observeCollections();
  const warmUp = new WarmUp(oneWindow);
  await warmUp.run(warmUpWindows);
  const first = times.count;
  const timing = request.timed ? timingOf(times) : undefined;
  times.perSample = timing?.windowsPerSample ?? 1;
  globalThis.gc?.(); // otherwise the garbage of the warm-up is collected inside a window
  warmUp.look();
  const { latenciesMs, cpu, effort } = await sample(oneWindow, samples, forwarder, profiled);
  warmUp.look();
  profiled?.finish(); // behind the look: V8 gives up code when it names it
  const sampled = (atMs: number) => times.isInside(atMs, first);
  const ofOne = (count: number) => Math.round(count / times.perSample);
  const measured: MeasuredResult = {
    status: "measured",
    samplesNs: latenciesMs.map((ms) => Math.round(ms * 1e7) / 10),
    framesSent: (first + (times.count - first) * times.perSample) * window,
    framesReceived: (tester.received() - receivedBefore) | 0,
    garbageCollections: (await collections()).filter(sampled).length,
    residentBytesMax: residentBytesMax(),
    cpuUserUs: ofOne(cpu.user),
    cpuSystemUs: ofOne(cpu.system),
    ...shareOf(effort, 1 / times.perSample),
    deviceMode: forwarder?.path.deviceMode ?? "",
    ...noteOf(tester, forwarder),
    ...(warmUp.tier ? { tier: warmUp.tier } : {}),
    ...(timing ? { timing } : {}),
  };
  team?.end(newExchange(tester, forwarder, window, silenceMs));
  return measured;
}

/** The sampled windows alone, and what they took. */
async function sample(
  oneWindow: ReturnType<typeof newTimedWindow>,
  samples: number,
  forwarder: Forwarder | undefined,
  profiled: ProfiledLoop | undefined,
) {
  const bench = new Bench({
    iterations: samples,
    time: 0,
    warmup: false,
    retainSamples: true,
    throws: true,
  });
  const turning = forwarder?.turn !== undefined;
  bench.add("window", profiled?.marked(oneWindow) ?? oneWindow, { async: turning });
  const cpuBefore = cpuUsage();
  const effortBefore = readEffort(forwarder);
  profiled?.begin();
  if (turning) await bench.run();
  else bench.runSync();
  const cpu = cpuUsage(cpuBefore);
  const effort = effortSince(effortBefore, readEffort(forwarder));
  const { result } = bench.tasks[0]!;
  if (result.state !== "completed") throw new Error(`tinybench ended as ${result.state}`);
  return { latenciesMs: result.latency.samples!, cpu, effort };
}

/** What the figure depends on beside its cell. */
function noteOf(tester: MeasuringTester, forwarder: Forwarder | undefined): { note?: string } {
  const path = forwarder?.path;
  const notes = [tester.note, path?.kind === "polled" ? noteOnAccess(path.memory) : undefined];
  const note = notes.filter((one) => one !== undefined).join("; ");
  return note === "" ? {} : { note };
}

/** Of how many windows a sample is, as those of the warm-up were. */
function timingOf(times: WindowTimes): TrialTiming {
  const clockNs = measureClockNs();
  const windowNs = times.lastNs(windowsTried);
  return {
    clockNs,
    windowsPerSample: windowNs === undefined ? 1 : windowsPerSample(windowNs, clockNs),
  };
}

/** Sends the windows of a sample, waits for each, and tells tinybench the time per frame. */
function newTimedWindow(
  times: WindowTimes,
  tester: MeasuringTester,
  forwarder: Forwarder | undefined,
  window: number,
  silenceMs: number | undefined,
) {
  if (forwarder && turns(forwarder)) {
    const exchange = newTurningExchange(tester, forwarder, window);
    return async () => {
      const start = performance.now();
      for (let i = 0; i < times.perSample; i++) await exchange();
      return times.finish(start);
    };
  }
  const exchange = newExchange(tester, forwarder, window, silenceMs);
  return () => {
    const start = performance.now();
    for (let i = 0; i < times.perSample; i++) exchange();
    return times.finish(start);
  };
}

/** When each sample began and ended, in milliseconds; in the warm-up a sample is one window. */
class WindowTimes {
  count = 0;
  /** Windows. Set twice at once: V8 would compile in a value that was only set once. */
  perSample = 0;
  readonly #window: number;
  readonly #startMs: Float64Array;
  readonly #endMs: Float64Array;
  /** What tinybench takes in place of its own timing. */
  readonly #sample = { overriddenDuration: 0 };

  constructor(samples: number, window: number) {
    this.#window = window;
    this.perSample = 1;
    this.#startMs = new Float64Array(samples);
    this.#endMs = new Float64Array(samples);
  }

  finish(start: number) {
    const end = performance.now();
    this.#startMs[this.count] = start;
    this.#endMs[this.count] = end;
    this.count++;
    this.#sample.overriddenDuration = (end - start) / (this.perSample * this.#window);
    return this.#sample;
  }

  /** Median of the last ones, nanoseconds; undefined where there was none. */
  lastNs(count: number): number | undefined {
    const first = Math.max(0, this.count - count);
    const tookMs = this.#endMs
      .slice(first, this.count)
      .map((end, i) => end - this.#startMs[first + i]!);
    return tookMs.length > 0 ? medianSorted(tookMs.sort() as unknown as number[]) * 1e6 : undefined;
  }

  /** Whether a moment lies in one of the samples from number `first` on. */
  isInside(atMs: number, first: number): boolean {
    let low = first;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#startMs[middle]! <= atMs) low = middle + 1;
      else high = middle;
    }
    return low > first && atMs <= this.#endMs[low - 1]!;
  }
}
