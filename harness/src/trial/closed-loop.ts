/**
 * The closed loop: a window of frames is sent, forwarded and received before the next. No pacing, no
 * loss, one process on one CPU, so that what is timed is the work and not the waiting.
 */
import { PerformanceObserver, performance } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import { ExitStatus, type Forwarder, IopathError, type MeasuringTester } from "@iopath/contract";
import { Bench } from "tinybench";
import { effortSince, readEffort } from "./effort.ts";
import type { ClosedLoopRequest, MeasuredResult } from "./request.ts";

/** A window that is not back by then counts as lost, and the trial as failed. */
const deadlineMs = 1000;
/** How many polls between looks at the clock while a window is out. */
const pollsPerLook = 256;

/** Warms up, samples, and reports nanoseconds a frame for every window. */
export async function measureClosedLoop(
  request: ClosedLoopRequest,
  tester: MeasuringTester,
  forwarder: Forwarder | undefined,
): Promise<MeasuredResult> {
  const windows = request.warmUpWindows + request.samples;
  const startMs = new Float64Array(windows);
  const endMs = new Float64Array(windows);
  const receivedBefore = tester.received();
  const exchange = newExchange(tester, forwarder, request.window);
  const sample = { overriddenDuration: 0 };
  let n = 0;
  let cpuBefore = process.cpuUsage();
  let effortBefore = readEffort(forwarder);
  const oneWindow = () => {
    if (n === request.warmUpWindows) {
      effortBefore = readEffort(forwarder);
      cpuBefore = process.cpuUsage();
    }
    const start = performance.now();
    exchange();
    const end = performance.now();
    startMs[n] = start;
    endMs[n] = end;
    n++;
    sample.overriddenDuration = (end - start) / request.window;
    return sample;
  };

  const collections = observeCollections();
  for (let i = 0; i < request.warmUpWindows; i++) oneWindow();
  globalThis.gc?.(); // what the warm-up left would else be collected inside a window
  const bench = new Bench({
    iterations: request.samples,
    time: 0,
    warmup: false,
    retainSamples: true,
    throws: true,
  });
  bench.add("window", oneWindow, { async: false });
  bench.runSync();
  const cpu = process.cpuUsage(cpuBefore);
  const effort = effortSince(effortBefore, readEffort(forwarder));
  const { result } = bench.tasks[0]!;
  if (result.state !== "completed") throw new Error(`tinybench ended as ${result.state}`);
  const from = startMs[request.warmUpWindows]!;
  const sampled = (atMs: number) => atMs >= from && isInside(atMs, startMs, endMs, n);
  return {
    status: "measured",
    samplesNs: result.latency.samples!.map((ms) => Math.round(ms * 1e7) / 10),
    framesSent: n * request.window,
    framesReceived: (tester.received() - receivedBefore) | 0,
    garbageCollections: (await collections()).filter(sampled).length,
    residentBytesMax: process.resourceUsage().maxRSS * 1024,
    cpuUserUs: cpu.user,
    cpuSystemUs: cpu.system,
    ...effort,
  };
}

/** One window there and back. Throws when a frame is lost: a closed loop loses none. */
function newExchange(
  tester: MeasuringTester,
  forwarder: Forwarder | undefined,
  window: number,
): () => void {
  const step = forwarder ? forwarder.step : () => 0;
  return function exchange(): void {
    const want = (tester.received() + window) | 0;
    const sent = tester.sendWindow();
    if (sent !== window) throw lossError(`the tester could send ${sent} of ${window} frames`);
    let giveUpAt = 0;
    for (let polls = 1; tester.received() !== want; polls++) {
      step();
      if (polls % pollsPerLook !== 0) continue;
      const now = performance.now();
      if (giveUpAt === 0) giveUpAt = now + deadlineMs;
      if (now > giveUpAt) {
        const missing = (want - tester.received()) | 0;
        throw lossError(`${missing} of ${window} frames did not come back within ${deadlineMs} ms`);
      }
    }
  };
}

function lossError(message: string): IopathError {
  return new IopathError(ExitStatus.cellFailed, message);
}

/** Garbage collections from now on; the result gives the times at which they began. */
function observeCollections(): () => Promise<number[]> {
  const startsMs: number[] = [];
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) startsMs.push(entry.startTime);
  });
  observer.observe({ entryTypes: ["gc"] });
  return async () => {
    await setImmediate(); // entries are handed over by the event loop
    for (const entry of observer.takeRecords()) startsMs.push(entry.startTime);
    observer.disconnect();
    return startsMs;
  };
}

/** Whether a moment lies in one of the first `count` windows, which are in order. */
function isInside(
  atMs: number,
  startMs: Float64Array,
  endMs: Float64Array,
  count: number,
): boolean {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (startMs[middle]! <= atMs) low = middle + 1;
    else high = middle;
  }
  return low > 0 && atMs <= endMs[low - 1]!;
}
