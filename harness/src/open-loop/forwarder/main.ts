/**
 * The forwarder of an open loop, in a process and on a CPU of its own: any variant, in its usual
 * loop, with no tester in it. It answers for its counts between two turns of that loop.
 */
import { PerformanceObserver } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { setImmediate } from "node:timers/promises";
import type { Forwarder } from "@iopath/contract";
import { compileEarly, dieWithParent, pinToCpu } from "@iopath/native";
import { loadPath } from "../../paths/loaders.ts";
import { answer, answering } from "../../trial/answer-lines.ts";
import { openInPlace } from "../../trial/open-trial.ts";
import { openSharedPorts } from "../../trial/shared-ports.ts";
import { loadWorkload } from "../../workloads/known.ts";
import type { ForwarderCounts, ForwarderOrder, ForwarderRequest } from "../protocol.ts";
import { readThreadTimes } from "./thread-times.ts";

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
  const lines = createInterface(process.stdin)[Symbol.asyncIterator]();
  const first: string | undefined = (await lines.next()).value;
  if (first === undefined) return;
  const request = JSON.parse(first) as ForwarderRequest;
  dieWithParent(request.parentPid);
  pinToCpu(request.cpu);
  const path = await loadPath(request);
  await loadWorkload(request);
  compileEarly();
  using _ports = openSharedPorts({ ...request, role: "closed-loop" }, path);
  using forwarder = openInPlace(request, path);
  const loop: Loop = { steps: 0, emptySteps: 0, collections: 0 };
  const watch = new PerformanceObserver((list) => {
    loop.collections += list.getEntries().length;
  });
  watch.observe({ entryTypes: ["gc"] });
  globalThis.gc?.();
  answer({ status: "ready", deviceMode: forwarder.path.deviceMode ?? "" });
  let ended = false;
  const obeying = (async () => {
    for (;;) {
      const { done, value } = await lines.next();
      if (done) break;
      if ((JSON.parse(value) as ForwarderOrder).collect) await collect();
      answer({ status: "counts", counts: countsOf(forwarder, loop) });
    }
    ended = true;
  })();
  await forward(forwarder, loop, () => ended);
  await obeying;
  watch.disconnect();
}

/**
 * Garbage that was made until now is not collected while frames come. The collection is reported
 * some turns later, and belongs to no trial.
 */
async function collect(): Promise<void> {
  globalThis.gc?.({ type: "minor" });
  for (let turn = 0; turn < turnsUntilReported; turn++) await setImmediate();
}

/** Steps a polled forwarder; the kernel moves the frames of an attached one. */
async function forward(forwarder: Forwarder, loop: Loop, isOver: () => boolean): Promise<void> {
  const { turn } = forwarder;
  if (forwarder.path.kind === "attached" && !turn) return;
  while (!isOver()) {
    if (turn) await turn.call(forwarder);
    else stepOften(forwarder.step, loop);
    await setImmediate();
  }
}

function stepOften(step: () => number, loop: Loop): void {
  let empty = 0;
  for (let i = 0; i < stepsPerLook; i++) if (step() === 0) empty++;
  loop.steps += stepsPerLook;
  loop.emptySteps += empty;
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
    ...readThreadTimes(process.pid),
    garbageCollections: loop.collections,
  };
}

await answering(serve);
