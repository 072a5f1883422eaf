/**
 * Runs in a guest that counts instructions: one cell with its parts timed. Takes a closed-loop
 * request as JSON on standard input; prints what a frame costs in the tester's call, in the
 * forwarder's own code, and in the kernel when either calls it: medians of windows, nanoseconds of
 * the guest's clock a frame.
 *
 * An interrupt counts where it comes, so that shares of paths with interrupts are those of where
 * they fell.
 */
import { text } from "node:stream/consumers";
import { compileEarly, raw } from "@iopath/native";
import type { ClosedLoopRequest } from "../../harness/src/trial/request.ts";

type Call = (...args: number[]) => number;

/** Milliseconds within calls of the C library so far, and how many there were. */
const foreign = { ms: 0, calls: 0 };

/** Has to be done before a path takes its calls from `raw`: hence the imports below. */
function timeForeignCalls(): void {
  const calls = raw as unknown as Record<string, Call>;
  for (const [name, call] of Object.entries(calls)) {
    // Six is the most that one of them takes; the library leaves the rest alone.
    calls[name] = (a, b, c, d, e, f) => {
      const start = performance.now();
      const result = call(a!, b!, c!, d!, e!, f!);
      foreign.ms += performance.now() - start;
      foreign.calls++;
      return result;
    };
  }
}

/** What one look at the clock costs, in milliseconds. */
function costOfLooking(): number {
  const looks = 20_000;
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 5; round++) {
    const start = performance.now();
    for (let i = 0; i < looks; i++) performance.now();
    least = Math.min(least, (performance.now() - start) / looks);
  }
  return least;
}

interface Part {
  ms: number;
  foreignMs: number;
}

/** Adds what `body` takes to a part, less what timing it cost. */
function timeInto(part: Part, body: () => number, lookMs: number): number {
  const before = { ...foreign };
  const start = performance.now();
  const result = body();
  const end = performance.now();
  const calls = foreign.calls - before.calls;
  const foreignMs = foreign.ms - before.ms - calls * lookMs;
  part.foreignMs += foreignMs;
  part.ms += end - start - lookMs - foreignMs - 2 * calls * lookMs;
  return result;
}

async function measure(request: ClosedLoopRequest) {
  const { openTrial } = await import("../../harness/src/trial/open-trial.ts");
  const { loadPath, testerOnly } = await import("../../harness/src/paths/loaders.ts");
  const path = request.path === testerOnly ? undefined : await loadPath(request);
  compileEarly();
  using trial = openTrial(request, path);
  const { tester, forwarder } = trial;
  const step = forwarder?.step ?? (() => 0);
  const lookMs = costOfLooking();
  const windows = request.warmUpWindows + request.samples;
  const samples: Record<string, number>[] = [];
  for (let w = 0; w < windows; w++) {
    const send: Part = { ms: 0, foreignMs: 0 };
    const forward: Part = { ms: 0, foreignMs: 0 };
    const want = (tester.received() + request.window) | 0;
    timeInto(send, () => tester.sendWindow(), lookMs);
    for (let polls = 0; tester.received() !== want; polls++) {
      timeInto(forward, step, lookMs);
      if (polls > 1_000_000) throw new Error("frames did not come back");
    }
    samples.push({
      testerUser: send.ms,
      testerKernel: send.foreignMs,
      forwarderUser: forward.ms,
      forwarderKernel: forward.foreignMs,
    });
  }
  const kept = samples.slice(request.warmUpWindows);
  const median = (name: string) => {
    const values = kept.map((sample) => sample[name]!).sort((a, b) => a - b);
    return (values[values.length >>> 1]! * 1e6) / request.window;
  };
  return Object.fromEntries(Object.keys(kept[0]!).map((name) => [name, median(name)]));
}

timeForeignCalls();
const request: ClosedLoopRequest = JSON.parse(await text(process.stdin));
process.stdout.write(JSON.stringify(await measure(request)));
