/**
 * The tester of an open loop, in a process and on a CPU of its own. Where the kernel moves frames,
 * the generator sends on the thread that asks it to, and the sink counts wherever the forwarder's
 * frames arrive; on a path's own ports this thread does both.
 */
import { Deadline } from "@iopath/contract";
import { dieWithParent, inNamespace, pinToCpu } from "@iopath/native";
import { answer, answering, linesOfInput } from "../../trial/answer-lines.ts";
import { findWorkload, loadWorkload } from "../../workloads/known.ts";
import { windowBetween } from "../forwarding-window.ts";
import { watchOwnCpu } from "../noise.ts";
import type { SendOrder, TesterOrder, TesterRequest, TrialCounts } from "../protocol.ts";
import { rest } from "../rest.ts";
import { giveRealtime, timesOf } from "../threads.ts";
import { loadFarPath, namespaceOf, openTraffic } from "./open-traffic.ts";
import { intendedFrames } from "./pacing.ts";
import type { Traffic } from "./traffic.ts";

/** Traffic has stopped when nothing came for so long; a busy machine gives a forwarder a pause. */
const quietMs = 100;
const quietLimitMs = 3000;
const lookMs = 2;

type Orders = ReturnType<typeof linesOfInput>;

async function serve(orders: Orders): Promise<void> {
  const first = orders.next().value;
  if (first === undefined) return;
  const request = JSON.parse(first) as TesterRequest;
  const { cpu, parentPid } = request;
  dieWithParent(parentPid);
  pinToCpu(cpu);
  await loadWorkload(request);
  const path = await loadFarPath(request);
  // The namespace is this thread's for good: live frames look for devices in it.
  inNamespace(namespaceOf(request), () => {
    using traffic = openTraffic(request, findWorkload(request.workload), path);
    obeyAll(traffic, orders);
  });
}

function obeyAll(traffic: Traffic, orders: Orders): void {
  answer({ status: "ready" });
  let epoch = 0;
  let sent: Sent | undefined;
  for (const line of orders) {
    const order = JSON.parse(line) as TesterOrder;
    if ("noise" in order) {
      answer({ status: "noise", bins: watchOwnCpu(order.noise) });
      continue;
    }
    if ("settle" in order) {
      if (!sent) throw new Error("nothing was sent that could settle");
      answer({ status: "sent", ...settle(traffic, sent) });
      continue;
    }
    epoch = (epoch % 0xffff) + 1;
    sent = send(traffic, epoch, order.send);
    answer({ status: "over" });
  }
}

type Sent = ReturnType<typeof send>;

function send(
  traffic: Traffic,
  epoch: number,
  { rate, seconds, promptly, forwarding, beside, polls, realtime }: SendOrder,
) {
  const begin = timesOf(forwarding);
  const { firstAtNs, lastAtNs, ...counts } = withPriority(
    realtime ? { first: [...forwarding, thisThread], below: beside } : undefined,
    () => traffic.send({ epoch, rate, seconds, promptly }),
  );
  const window = windowBetween(begin, timesOf(forwarding), polls);
  return {
    ...counts,
    intended: intendedFrames(rate, seconds) ?? counts.offered,
    sendingNs: lastAtNs - firstAtNs,
    ...window,
  };
}

/** What of it came back, when nothing comes any more. */
function settle(traffic: Traffic, sent: Sent): TrialCounts {
  const restless = !waitForQuiet(traffic, sent.offered - (sent.refused ?? 0));
  return { ...sent, ...traffic.arrivals(), restless, bins: traffic.bins() };
}

const thisThread = 0;

/** Only while `send` runs, which ends by itself after a time. */
function withPriority<T>(
  threads: Parameters<typeof giveRealtime>[0] | undefined,
  send: () => T,
): T {
  using _ = threads && giveRealtime(threads);
  return send();
}

/** Whether nothing came any more, or all has come. */
function waitForQuiet(traffic: Traffic, onTheWay: number): boolean {
  const limit = new Deadline(quietLimitMs);
  const quiet = new Deadline(quietMs);
  let before = traffic.arrived();
  while (traffic.arrivals().forwarded < onTheWay) {
    rest(lookMs);
    const arrived = traffic.arrived();
    if (arrived !== before) quiet.restart();
    before = arrived;
    if (quiet.isOver()) return true;
    if (limit.isOver()) return false;
  }
  return true;
}

await answering(() => serve(linesOfInput()));
