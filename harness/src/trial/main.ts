/**
 * A trial process: takes one request as JSON on standard input, does it, answers with JSON on
 * standard output. A crash in native memory ends this process and nothing else.
 */
import { text } from "node:stream/consumers";
import { explain, type Forwarder, IopathError, type Path, troubleOf } from "@iopath/contract";
import { deviceTowards, type Testbed, udpMtu } from "@iopath/lab";
import {
  compileEarly,
  dieWithParent,
  inNamespace,
  pinToCpu,
  readDeviceSetting,
} from "@iopath/native";
import { namedToday } from "../paths/earlier-names.ts";
import { findVariant, loadPath, testerOnly } from "../paths/loaders.ts";
import { loadWorkload } from "../workloads/known.ts";
import { lackOfWorkload } from "./lack-of-workload.ts";
import { measureClosedLoop } from "./loop/closed-loop.ts";
import { missedQueues } from "./missed-queues.ts";
import { openInPlace, openTrial, ownTesters, workloadOf } from "./open-trial.ts";
import { readyPorts } from "./ready-ports.ts";
import type { ClosedLoopRequest, TrialRequest, TrialResult, VerifyRequest } from "./request.ts";
import { openVerifyingTester } from "./tester/wire-testers.ts";
import { verify } from "./verify/verify.ts";

/** Loads what this trial needs and no more: that is most of its start. */
async function perform(request: TrialRequest): Promise<TrialResult> {
  const path = request.path === testerOnly ? undefined : await loadPath(request);
  await loadWorkload(request);
  if (request.role === "closed-loop") compileEarly();
  if (request.role === "probe") return probe(request, path!);
  const answer = request.role === "verify" && request.probes ? probe(request, path!) : undefined;
  if (answer?.status === "skipped") return answer;
  // For the workers of a team, the process that starts them does that.
  const isMember = request.role === "closed-loop" && request.team !== undefined;
  using _ready = readyPorts(request, isMember ? undefined : path);
  if (request.workers > 1) {
    const { performWithWorkers } = await import("./workers/with-workers.ts");
    return await performWithWorkers(request, path);
  }
  if (request.role === "verify") return await runVerify(request, path!);
  return await runClosedLoop(request, path);
}

function probe(request: TrialRequest, path: Path): TrialResult {
  const { variant, testbed } = request;
  const { carrier } = findVariant(path, variant);
  const workload = workloadOf(request);
  const lack = lackOfWorkload(path, variant, workload);
  if (lack) return { ...lack, status: "skipped" };
  if (carrier === "udp" && !canCarryUdp(testbed)) {
    const missing = "no IPv4 addresses on both ports and a tester in another network namespace";
    const remedy = "UDP needs them: give the ports addresses, and name --tester-namespace";
    return { status: "skipped", missing, remedy };
  }
  if (carrier === "udp") {
    const obstacle = obstacleToUdp(testbed);
    if (obstacle) return { status: "skipped", ...obstacle };
  }
  const support = inNamespace(testbed.forwarderNamespace, () =>
    path.probe(variant, testbed.ports, workload),
  );
  return support.ok ? { status: "supported" } : { ...support, status: "skipped" };
}

/** Within one namespace the kernel keeps a datagram to an address of its own off the wire. */
function canCarryUdp({ ports, wires, forwarderNamespace, testerNamespace }: Testbed): boolean {
  const addressed = [...ports, wires[1]].every(({ ipv4 }) => ipv4 !== "");
  return addressed && forwarderNamespace !== testerNamespace;
}

/**
 * Why interfaces of the user's can't carry the datagrams of a UDP variant; undefined if they can.
 */
function obstacleToUdp({ ports, wires, shared, forwarderNamespace, testerNamespace }: Testbed) {
  if (!shared) return undefined;
  const mtuOf = ({ device }: { device: string }) => ({
    device,
    mtu: Number(readDeviceSetting(device, "mtu")),
  });
  const mtus = [
    ...inNamespace(forwarderNamespace, () => ports.map(mtuOf)),
    ...inNamespace(testerNamespace, () => wires.map(mtuOf)),
  ];
  const small = mtus.find(({ mtu }) => mtu < udpMtu);
  if (small) {
    return {
      missing: `${small.device} has MTU ${small.mtu}, and datagrams with frames in them need ${udpMtu}`,
      remedy: `\`ip link set dev ${small.device} mtu ${udpMtu}\`, and so at all four ends`,
    };
  }
  const { device, neighbor } = ports[1];
  const by = inNamespace(forwarderNamespace, () => deviceTowards(neighbor.ipv4));
  if (by === device) return undefined;
  const where = by === undefined ? "have no route" : `would leave by ${by}`;
  return {
    missing: `datagrams to ${neighbor.ipv4} ${where}`,
    remedy: `give ${device} an address in the network of ${neighbor.ipv4}`,
  };
}

async function runVerify(request: VerifyRequest, path: Path): Promise<TrialResult> {
  const variant = findVariant(path, request.variant);
  const { carrier, deviations } = variant;
  using forwarder = openInPlace(request, path);
  const own = ownTesters(forwarder);
  using tester = own
    ? own.verifying()
    : openVerifyingTester(request.testbed, carrier, request.flows);
  const result = await verify(request, tester, forwarder, deviations);
  const { lost, firstProblem = "" } = result.judgement;
  const queues = lost > 0 && missedQueues(variant, request.testbed, 1);
  if (!queues) return result;
  return {
    ...result,
    judgement: { ...result.judgement, firstProblem: `${firstProblem}; ${queues}` },
  };
}

async function runClosedLoop(
  request: ClosedLoopRequest,
  path: Path | undefined,
): Promise<TrialResult> {
  using trial = openTrial(request, path);
  try {
    return await measureClosedLoop(request, trial.tester, trial.forwarder);
  } catch (error) {
    throw withHints(error, request, path, trial.forwarder);
  }
}

/** Frames that are missing; what a device said meanwhile, and where they may have gone. */
function withHints(
  error: unknown,
  { variant, testbed, workers }: ClosedLoopRequest,
  path: Path | undefined,
  forwarder: Forwarder | undefined,
): unknown {
  if (!(error instanceof IopathError) || !path || !forwarder) return error;
  const trouble = forwarder.path.kind === "polled" ? forwarder.path.trouble?.() : undefined;
  const queues = missedQueues(findVariant(path, variant), testbed, workers);
  const hints = [trouble, queues].filter((hint) => hint !== undefined);
  return new IopathError(error.exitStatus, [error.message, ...hints].join("; "));
}

// What started this process has checked it: the checker takes a third of a trial's start to load.
const request: TrialRequest = namedToday(JSON.parse(await text(process.stdin)));
dieWithParent(request.parentPid);
if (request.cpu !== undefined) pinToCpu(request.cpu);
let result: TrialResult;
try {
  result = await perform(request);
} catch (error) {
  const trouble = troubleOf(error);
  const status = trouble ? { exitStatus: trouble.exitStatus } : {};
  const reason = trouble ? explain(trouble) : String((error as Error).stack);
  result = { status: "failed", reason, ...status };
}
// On a line of its own: what a user preloads with NODE_OPTIONS may print as well.
process.stdout.write(`\n${JSON.stringify(result)}\n`);
