/**
 * A trial process: takes one request as JSON on standard input, does it, answers with JSON on standard
 * output. A crash in native memory ends this process and nothing else.
 */
import { text } from "node:stream/consumers";
import { explain, type Forwarder, IopathError } from "@iopath/contract";
import type { Place } from "@iopath/lab";
import { dieWithParent, inNamespace, pinToCpu } from "@iopath/native";
import { findPath, findVariant, nullPath } from "../paths.ts";
import { Board } from "./board.ts";
import { measureClosedLoop } from "./closed-loop.ts";
import { flowsOfWorker } from "./flows.ts";
import { openInPlace, openLoop, ownTesters } from "./open-loop.ts";
import {
  type ClosedLoopRequest,
  type TeamPlace,
  type TrialRequest,
  type TrialResult,
  trialRequest,
  type VerifyRequest,
} from "./request.ts";
import { lacksWorkers, measureTeam, openOnQueue } from "./team.ts";
import { verify } from "./verify.ts";
import { verifyTeam } from "./verify-team.ts";
import { buildWindows } from "./window-sender.ts";
import { openMeasuringTester, openVerifyingTester } from "./wire-testers.ts";

async function perform(request: TrialRequest): Promise<TrialResult> {
  switch (request.role) {
    case "probe":
      return probe(request);
    case "verify":
      return runVerify(request);
    case "closed-loop":
      return runClosedLoop(request);
  }
}

function probe({ path, variant, place }: TrialRequest): TrialResult {
  const { carrier } = findVariant(findPath(path), variant);
  if (carrier === "udp" && !canCarryUdp(place)) {
    const missing = "no IPv4 addresses on both ports and a tester in another network namespace";
    const remedy = "UDP needs them: give the ports addresses, and name --tester-namespace";
    return { status: "skipped", missing, remedy };
  }
  const support = inNamespace(place.forwarderNamespace, () =>
    findPath(path).probe(variant, place.ports),
  );
  return support.ok ? { status: "supported" } : { ...support, status: "skipped" };
}

/** Within one namespace the kernel keeps a datagram to an address of its own off the wire. */
function canCarryUdp({ ports, wires, forwarderNamespace, testerNamespace }: Place): boolean {
  const addressed = [...ports, wires[1]].every(({ ipv4 }) => ipv4 !== "");
  return addressed && forwarderNamespace !== testerNamespace;
}

async function runVerify(request: VerifyRequest): Promise<TrialResult> {
  if (request.workers > 1) return lacksWorkers(request) ?? (await verifyTeam(request));
  const { carrier, deviations } = findVariant(findPath(request.path), request.variant);
  using forwarder = openInPlace(request);
  const own = ownTesters(forwarder);
  using tester = own ? own.verifying() : openVerifyingTester(request.place, carrier, request.flows);
  return await verify(request, tester, forwarder, deviations);
}

async function runClosedLoop(request: ClosedLoopRequest): Promise<TrialResult> {
  if (request.workers > 1) {
    const lacking = lacksWorkers(request);
    if (lacking) return lacking;
    return request.team ? await runWorker(request, request.team) : await measureTeam(request);
  }
  using loop = openLoop(request);
  try {
    return await measureClosedLoop(request, loop.tester, loop.forwarder);
  } catch (error) {
    throw withTrouble(error, loop.forwarder);
  }
}

/** One worker of a team, on its queue. */
async function runWorker(request: ClosedLoopRequest, team: TeamPlace): Promise<TrialResult> {
  const { place, frameBytes, flows, path, variant, workers } = request;
  const straight = path === nullPath;
  const carrier = straight ? "ethernet" : findVariant(findPath(path), variant).carrier;
  const { worker } = team;
  const flow = flowsOfWorker(flows, worker, workers).first;
  const windows = buildWindows(place, frameBytes, request.window, { worker, flow });
  using board = Board.open(team.boardId, workers);
  const alone = straight || team.attached;
  using forwarder = alone ? undefined : openOnQueue(request, worker, team.sharedId);
  using tester = openMeasuringTester(place, carrier, windows, { flows, team: { worker, board } });
  return await measureClosedLoop(request, tester, forwarder, board);
}

/** Frames that are missing, and what a device said meanwhile. */
function withTrouble(error: unknown, forwarder: Forwarder | undefined): unknown {
  const path = forwarder?.path;
  const trouble = path?.kind === "polled" ? path.trouble?.() : undefined;
  if (!trouble || !(error instanceof IopathError)) return error;
  return new IopathError(error.exitStatus, `${error.message}: ${trouble}`);
}

const request = trialRequest.parse(JSON.parse(await text(process.stdin)));
dieWithParent(request.parentPid);
if (request.cpu !== undefined) pinToCpu(request.cpu);
let result: TrialResult;
try {
  result = await perform(request);
} catch (error) {
  const status = error instanceof IopathError ? { exitStatus: error.exitStatus } : {};
  const reason = error instanceof IopathError ? explain(error) : String((error as Error).stack);
  result = { status: "failed", reason, ...status };
}
process.stdout.write(JSON.stringify(result));
