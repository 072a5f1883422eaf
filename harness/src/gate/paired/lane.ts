/**
 * A lane: one forwarder with its tester in a process of its own, of whatever revision this file is.
 * It runs windows when told to, and between two orders it waits in read(2), so that it takes
 * nothing from the other lane. It ends with its standard input, or with the gate.
 */
import { readSync, writeSync } from "node:fs";
import { explain, troubleOf } from "@iopath/contract";
import { beginCompiled, dieWithParent, pinToCpu } from "@iopath/native";
import { namedToday } from "../../paths/earlier-names.ts";
import { loadPath, testerOnly } from "../../paths/loaders.ts";
import { newExchange, newTurningExchange, turns } from "../../trial/loop/exchange.ts";
import { type OpenTrial, openTrial } from "../../trial/open-trial.ts";
import { loadWorkload } from "../../workloads/known.ts";
import { type LaneAnswer, laneRequest, lanesProtocol, sliceOrder } from "./protocol.ts";

const standardInput = 0;
const standardOutput = 1;

/**
 * Lines of standard input, read when asked for: nothing runs while a line is waited for.
 */
function* lines(): Generator<string> {
  const chunk = Buffer.alloc(1 << 16);
  let pending = "";
  for (;;) {
    const bytes = readSync(standardInput, chunk);
    if (bytes === 0) return;
    pending += chunk.toString("utf8", 0, bytes);
    for (let end = pending.indexOf("\n"); end >= 0; end = pending.indexOf("\n")) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 1);
      yield line;
    }
  }
}

function answer(message: LaneAnswer): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(standardOutput, bytes, at);
}

/** One window there and back, by whichever way the forwarder is driven. */
type Exchange = () => void | Promise<void>;

function exchangeOf({ tester, forwarder }: OpenTrial, window: number): Exchange {
  return forwarder && turns(forwarder)
    ? newTurningExchange(tester, forwarder, window)
    : newExchange(tester, forwarder, window);
}

/** Windows for so many milliseconds; the cost of each, in nanoseconds per frame. */
async function runSlice(sliceMs: number, exchange: Exchange, window: number): Promise<number[]> {
  const windowsNs: number[] = [];
  const begin = performance.now();
  let start = begin;
  while (start - begin < sliceMs) {
    const turning = exchange();
    if (turning) await turning;
    const end = performance.now();
    windowsNs.push(Math.round(((end - start) * 1e7) / window) / 10);
    start = end;
  }
  return windowsNs;
}

async function serve(orders: Generator<string>): Promise<void> {
  const first = process.argv[2] ?? orders.next().value;
  if (first === undefined) return;
  const request = namedToday(laneRequest.parse(JSON.parse(first)));
  dieWithParent(request.parentPid);
  if (request.cpu !== undefined) pinToCpu(request.cpu);
  const path = request.path === testerOnly ? undefined : await loadPath(request);
  await loadWorkload(request);
  beginCompiled([first]);
  using trial = openTrial(request, path);
  const { window, warmUpWindows } = request;
  const exchange = exchangeOf(trial, window);
  for (let i = 0; i < warmUpWindows; i++) await exchange();
  globalThis.gc?.();
  answer({ status: "ready", protocol: lanesProtocol });
  for (const line of orders) {
    const { sliceMs } = sliceOrder.parse(JSON.parse(line));
    answer({ status: "slice", windowsNs: await runSlice(sliceMs, exchange, window) });
  }
}

try {
  await serve(lines());
} catch (error) {
  answer({ status: "failed", reason: explain(troubleOf(error) ?? error) });
}
