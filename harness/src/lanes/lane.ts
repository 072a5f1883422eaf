/**
 * A lane: one forwarder with its tester in a process of its own, of whatever revision this file is.
 * It runs windows when told to, and between two orders it waits in read(2), so that it takes
 * nothing from the other lanes. It ends with its standard input, or with the command.
 */
import { compileEarly, dieWithParent, pinToCpu } from "@iopath/native";
import { namedToday } from "../paths/earlier-names.ts";
import { loadPath, testerOnly } from "../paths/loaders.ts";
import { answer, answering, linesOfInput } from "../trial/answer-lines.ts";
import { warmUpMsMax } from "../trial/loop/warm-up.ts";
import { openTrial } from "../trial/open-trial.ts";
import { loadWorkload } from "../workloads/known.ts";
import {
  type LaneAnswer,
  type LaneOrder,
  laneOrder,
  laneRequest,
  lanesProtocol,
} from "./protocol.ts";
import { Slices } from "./slices.ts";

async function serve(orders: Generator<string>): Promise<void> {
  const first = orders.next().value;
  if (first === undefined) return;
  const request = namedToday(laneRequest.parse(JSON.parse(first)));
  dieWithParent(request.parentPid);
  const path = request.path === testerOnly ? undefined : await loadPath(request);
  await loadWorkload(request);
  compileEarly();
  // Not before: all lanes of a launch start at once, and loading is most of that.
  if (request.cpu !== undefined) pinToCpu(request.cpu);
  using trial = openTrial(request, path);
  const slices = new Slices(trial, request.window);
  await slices.warmUp(request.warmUpWindows, warmUpMsMax);
  globalThis.gc?.();
  answer({ status: "ready", protocol: lanesProtocol });
  for (const line of orders) answer(await obey(laneOrder.parse(JSON.parse(line)), slices));
}

async function obey(order: LaneOrder, slices: Slices): Promise<LaneAnswer> {
  if ("totals" in order) return { status: "totals", ...(await slices.totals()) };
  const { keep } = order;
  if (keep === undefined) return { status: "slice", windowsNs: await slices.run(order) };
  return { status: "slice", ...(await slices.runCounted(order, keep)) };
}

await answering(() => serve(linesOfInput()));
