/**
 * The tester of an open loop, in a process and on a CPU of its own: the generator sends on the
 * thread that asks the kernel to, and the sink counts wherever the forwarder's frames arrive.
 */
import { Deadline, type Workload } from "@iopath/contract";
import {
  dieWithParent,
  ifThere,
  inNamespace,
  pinToCpu,
  processCpuNs,
  setRealtime,
} from "@iopath/native";
import { answer, answering, linesOfInput } from "../../trial/answer-lines.ts";
import { findWorkload, loadWorkload } from "../../workloads/known.ts";
import { watchNoise } from "../noise.ts";
import type {
  NoiseOrder,
  SendOrder,
  TesterOrder,
  TesterRequest,
  TrialCounts,
} from "../protocol.ts";
import { rest, restMs } from "../rest.ts";
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
      answer({ status: "noise", ofCpus: noiseOf(request, order.noise) });
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

/** With the priority that tester and forwarder have in trials: the noise is what is left then. */
function noiseOf({ cpus, cpu }: TesterRequest, { seconds, realtime }: NoiseOrder) {
  const ofCpus = cpus.map((one) => {
    pinToCpu(one);
    rest(realtime ? restMs : 0);
    return withRealtime(realtime ? nobodyElse : undefined, () => watchNoise(seconds / cpus.length));
  });
  pinToCpu(cpu);
  return ofCpus;
}

type Sent = ReturnType<typeof send>;

function send(
  generator: Generator,
  epoch: number,
  { rate, seconds, promptly, forwarding, beside, polls, realtime }: SendOrder,
) {
  const begin = timesOf(forwarding);
  const { firstAtNs, lastAtNs, ...counts } = withRealtime(
    realtime ? { forwarding, beside } : undefined,
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

/** Now, and what of their CPUs threads had until now; one that is gone fails its own process. */
function timesOf(threads: readonly number[]) {
  const cpuNs = threads.reduce((sum, one) => sum + (processCpuNs(one) ?? 0), 0);
  return { atNs: Number(process.hrtime.bigint()), cpuNs };
}

const realtimePriority = 10;
const nobodyElse = { forwarding: [], beside: [] };

/**
 * Gives this thread and others real-time priority while `send` runs, which ends by itself after a
 * time; then takes it away from all of them. A thread that is gone by now has none.
 */
function withRealtime<T>(
  threads: Pick<SendOrder, "forwarding" | "beside"> | undefined,
  send: () => T,
): T {
  if (threads === undefined) return send();
  const before = [...threads.forwarding, 0];
  const all = [...threads.beside, ...before];
  try {
    for (const thread of threads.beside) setRealtime(thread, realtimePriority - 1);
    for (const thread of before) setRealtime(thread, realtimePriority);
    return send();
  } finally {
    for (const thread of all.toReversed()) {
      ifThere(() => setRealtime(thread, 0));
    }
  }
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
