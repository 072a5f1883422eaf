/**
 * The verify pass of several workers: all in one process, each on its queue, windows to each in
 * turn.
 */
import type { Carrier, Counters, Forwarder, Path, VerifyingTester } from "@iopath/contract";
import { inNamespace, pinToCpu } from "@iopath/native";
import { findVariant } from "../../paths/loaders.ts";
import { ownTesters } from "../open-trial.ts";
import type { TrialResult, VerifyRequest } from "../request.ts";
import { openVerifyingTester } from "../tester/wire-testers.ts";
import { verify } from "../verify/verify.ts";
import { openOnQueue } from "./team.ts";

export async function verifyTeam(request: VerifyRequest, path: Path): Promise<TrialResult> {
  const { variant, workers, testbed, burst } = request;
  const { carrier, deviations, kind } = findVariant(path, variant);
  using opening = new DisposableStack();
  const open = (worker: number, sharedId: number) =>
    opening.use(openOnQueue({ ...request, burst }, path, worker, sharedId));
  const shared = inNamespace(testbed.forwarderNamespace, () =>
    kind === "attached" ? undefined : path.openShared?.(variant, testbed.ports, workers),
  );
  if (shared) opening.use(shared);
  const sharedId = shared?.id ?? process.pid;
  // An attached path forwards on all queues by itself.
  const members = Array.from({ length: kind === "attached" ? 1 : workers }, (_, worker) =>
    open(worker, sharedId),
  );
  const tester = openTester(request, members, carrier, opening);
  const result = await verify(request, tester, inOne(members), deviations);
  const idle = members.findIndex((member) => member.counters().received === 0);
  if (idle < 0) return result;
  return { status: "failed", reason: `no frame came to worker ${idle} of ${workers}` };
}

/** One that sends a window to each worker in turn. */
function openTester(
  { testbed, flows, workers, cpus = [] }: VerifyRequest,
  members: readonly Forwarder[],
  carrier: Carrier,
  opening: DisposableStack,
): VerifyingTester {
  let windows = 0;
  const own = members.flatMap((member) => ownTesters(member) ?? []);
  if (own.length > 0) {
    const testers = own.map((testersOfQueue) => opening.use(testersOfQueue.verifying()));
    return {
      send: (frames) => testers[windows++ % workers]!.send(frames),
      collect: () => testers.flatMap((tester) => tester.collect()),
      [Symbol.dispose]: () => {},
    };
  }
  const tester = opening.use(openVerifyingTester(testbed, carrier, flows));
  return {
    // In the lab the CPU that sends decides on the queue; elsewhere the card's hash of the flow
    // does.
    send: (frames) => {
      pinToCpu(cpus[windows++ % workers]!);
      tester.send(frames);
    },
    collect: tester.collect,
    [Symbol.dispose]: () => {},
  };
}

/** Several forwarders as one. */
function inOne(members: readonly Forwarder[]): Forwarder {
  const [first] = members as [Forwarder];
  if (members.length === 1) return first;
  return {
    path: first.path,
    workload: first.workload,
    step: () => members.reduce((sum, member) => sum + member.step(), 0),
    counters: () => members.map((member) => member.counters()).reduce(add),
    [Symbol.dispose]: () => {},
  };
}

function add(a: Counters, b: Counters): Counters {
  return {
    received: a.received + b.received,
    sent: a.sent + b.sent,
    unsent: a.unsent + b.unsent,
    dropped: a.dropped.map((count, i) => count + b.dropped[i]!),
  };
}
