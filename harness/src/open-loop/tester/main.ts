/**
 * The tester of an open loop, in a process and on a CPU of its own: the generator sends on the
 * thread that asks the kernel to, and the sink counts wherever the forwarder's frames arrive.
 */
import { Deadline, type Workload } from "@iopath/contract";
import { dieWithParent, inNamespace, pinToCpu } from "@iopath/native";
import { answer, answering, linesOfInput } from "../../trial/answer-lines.ts";
import { findWorkload, loadWorkload } from "../../workloads/known.ts";
import { watchOwnCpu } from "../noise.ts";
import type { SendOrder, TesterOrder, TesterRequest, TrialCounts } from "../protocol.ts";
import { rest } from "../rest.ts";
import { giveRealtime, timesOf } from "../threads.ts";
import { CountingSink } from "./counting-sink.ts";
import { planFrame } from "./frame-plan.ts";
import { Generator, intendedFrames } from "./generator.ts";

/** Traffic has stopped when nothing came for so long; a busy machine gives a forwarder a pause. */
const quietMs = 100;
const quietLimitMs = 3000;
const lookMs = 2;

type Orders = ReturnType<typeof linesOfInput>;

async function serve(orders: Orders): Promise<void> {
  const first = orders.next().value;
  if (first === undefined) return;
  const request = JSON.parse(first) as TesterRequest;
  const { testbed, cpu, parentPid } = request;
  dieWithParent(parentPid);
  pinToCpu(cpu);
  await loadWorkload(request);
  // The namespace is this thread's for good: live frames look for devices in it.
  inNamespace(testbed.testerNamespace, () =>
    obeyAll(request, findWorkload(request.workload), orders),
  );
}

function obeyAll(request: TesterRequest, workload: Workload, orders: Orders): void {
  const { testbed, carrier, frameBytes, needlessLooks } = request;
  const plan = planFrame(workload, testbed, carrier, frameBytes);
  using sink = new CountingSink(testbed.wires[1].device, plan);
  using generator = new Generator(testbed.wires[0].device, plan, {
    needlessLooks,
    ownNamespace: !testbed.shared,
  });
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
      answer({ status: "sent", ...settle(sink, sent) });
      continue;
    }
    epoch = (epoch % 0xffff) + 1;
    sink.begin(epoch);
    sent = send(generator, epoch, order.send);
    answer({ status: "over" });
  }
}

type Sent = ReturnType<typeof send>;

function send(
  generator: Generator,
  epoch: number,
  { rate, seconds, promptly, forwarding, beside, polls, realtime }: SendOrder,
) {
  const begin = timesOf(forwarding);
  const { firstAtNs, lastAtNs, ...counts } = withPriority(
    realtime ? { first: [...forwarding, thisThread], below: beside } : undefined,
    () => generator.send({ epoch, rate, seconds, promptly }),
  );
  const end = timesOf(forwarding);
  const windowNs = end.atNs - begin.atNs;
  const forwardingNs = end.cpuNs - begin.cpuNs;
  return {
    ...counts,
    intended: intendedFrames(rate, seconds) ?? counts.offered,
    sendingNs: lastAtNs - firstAtNs,
    ...{ windowNs, forwardingNs, takenNs: polls ? Math.max(0, windowNs - forwardingNs) : null },
  };
}

/** What of it came back, when nothing comes any more. */
function settle(sink: CountingSink, sent: Sent): TrialCounts {
  const restless = !waitForQuiet(sink, sent.offered);
  return { ...sent, ...sink.counts(), restless, bins: sink.bins() };
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
function waitForQuiet(sink: CountingSink, offered: number): boolean {
  const limit = new Deadline(quietLimitMs);
  const quiet = new Deadline(quietMs);
  let before = sink.arrived();
  while (sink.counts().forwarded < offered) {
    rest(lookMs);
    const arrived = sink.arrived();
    if (arrived !== before) quiet.restart();
    before = arrived;
    if (quiet.isOver()) return true;
    if (limit.isOver()) return false;
  }
  return true;
}

await answering(() => serve(linesOfInput()));
