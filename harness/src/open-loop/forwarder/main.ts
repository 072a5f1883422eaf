/**
 * The forwarder of an open loop, in a process and on a CPU of its own: any variant, in its usual
 * loop, with no tester in it. It answers for its counts between two turns of that loop.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate } from "node:timers/promises";
import type { Forwarder } from "@iopath/contract";
import { compileEarly, dieWithParent, pinToCpu, threadCpuNs } from "@iopath/native";
import { loadPath } from "../../paths/loaders.ts";
import { answer, answering, linesOfInput } from "../../trial/answer-lines.ts";
import { contextSwitches } from "../../trial/loop/effort.ts";
import { openInPlace } from "../../trial/open-trial.ts";
import { readyPorts } from "../../trial/ready-ports.ts";
import { loadWorkload } from "../../workloads/known.ts";
import { watchOwnCpu } from "../noise.ts";
import type {
  CountsOrder,
  ForwarderCounts,
  ForwarderOrder,
  ForwarderRequest,
} from "../protocol.ts";
import { rest } from "../rest.ts";
import { InputWatch } from "./input-watch.ts";

/** Steps of a polled forwarder between two looks at whether it was asked for something. */
const stepsPerLook = 512;
const turnsUntilReported = 3;

/** How the loop ran. */
interface Loop {
  steps: number;
  emptySteps: number;
  collections: number;
}

async function serve(): Promise<void> {
  const lines = linesOfInput();
  const first = lines.next().value;
  if (first === undefined) return;
  const request = JSON.parse(first) as ForwarderRequest;
  dieWithParent(request.parentPid);
  pinToCpu(request.cpu);
  const path = await loadPath(request);
  await loadWorkload(request);
  compileEarly();
  using _ports = readyPorts({ ...request, role: "closed-loop" }, path);
  using forwarder = openInPlace(request, path);
  using watch = new InputWatch();
  const loop: Loop = { steps: 0, emptySteps: 0, collections: 0 };
  const collections = new PerformanceObserver((list) => {
    loop.collections += list.getEntries().length;
  });
  collections.observe({ entryTypes: ["gc"] });
  globalThis.gc?.();
  answer({ status: "ready", deviceMode: forwarder.path.deviceMode ?? "" });
  for (;;) {
    await forwardUntilAsked(watch, forwarder, { loop, staysAwake: request.staysAwake });
    const { done, value } = lines.next();
    if (done) break;
    const order = JSON.parse(value) as ForwarderOrder;
    if ("noise" in order) {
      answer({ status: "noise", bins: watchOwnCpu(order.noise) });
      continue;
    }
    await prepareToCount(order);
    answer({ status: "counts", counts: countsOf(forwarder, loop) });
  }
  collections.disconnect();
}

/**
 * Garbage that was made until now is not collected while frames come. A collection is reported some
 * turns of the event loop later: those of a trial are known when its counts are asked for.
 */
async function prepareToCount({ restMs, collect }: CountsOrder): Promise<void> {
  rest(restMs);
  if (collect) globalThis.gc?.({ type: "minor" });
  for (let turn = 0; turn < turnsUntilReported; turn++) await setImmediate();
}

/**
 * Steps a polled forwarder, or waits while the kernel moves frames. Node's event loop turns only
 * for a path that lives of it: what a turn leaves is garbage, and collecting it makes the
 * forwarder wait for other threads of V8's.
 */
async function forwardUntilAsked(
  watch: InputWatch,
  { turn, step, path }: Forwarder,
  { loop, staysAwake }: { readonly loop: Loop; readonly staysAwake: boolean },
): Promise<void> {
  if (turn) {
    while (!watch.isReadable()) {
      await turn();
      await setImmediate();
    }
  } else if (path.kind === "polled") {
    while (!watch.isReadable()) stepOften(step, loop);
  } else if (staysAwake) {
    // The kernel's thread forwards, and sleeps between frames. A CPU on which others are in the
    // kernel may take it up again milliseconds later: this loop is there in their place.
    while (!watch.isReadable());
  } else watch.wait();
}

function stepOften(step: () => number, loop: Loop): void {
  let empty = 0;
  for (let i = 0; i < stepsPerLook; i++) if (step() === 0) empty++;
  loop.steps += stepsPerLook;
  loop.emptySteps += empty;
}

/** Whether this process does, and does not only keep the CPU awake. */
function forwards({ turn, path }: Forwarder): boolean {
  return turn !== undefined || path.kind === "polled";
}

function countsOf(forwarder: Forwarder, loop: Loop): ForwarderCounts {
  const { received, sent, unsent, dropped, ...calls } = forwarder.counters();
  return {
    ...{ received, sent, unsent },
    dropped: dropped.reduce((sum, count) => sum + count, 0),
    overflowed: calls.overflowed ?? null,
    syscalls: calls.syscalls ?? null,
    wakeups: calls.wakeups ?? null,
    ...{ steps: loop.steps, emptySteps: loop.emptySteps },
    cpuNs: forwards(forwarder) ? threadCpuNs() : 0,
    contextSwitches: contextSwitches(),
    garbageCollections: loop.collections,
  };
}

await answering(serve);
