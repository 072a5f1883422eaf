/**
 * A trial process: takes one request as JSON on standard input, does it, answers with JSON on standard
 * output. A crash in native memory ends this process and nothing else.
 */
import { text } from "node:stream/consumers";
import { ExitStatus, explain, type Forwarder, IopathError, openForwarder } from "@iopath/contract";
import { type Place, refuseDefaultRoute } from "@iopath/lab";
import { dieWithParent, inNamespace, pinToCpu } from "@iopath/native";
import { findPath, findVariant, nullPath } from "../paths.ts";
import { measureClosedLoop } from "./closed-loop.ts";
import { plant } from "./plant.ts";
import {
  type ClosedLoopRequest,
  type TrialRequest,
  type TrialResult,
  trialRequest,
  type VerifyRequest,
} from "./request.ts";
import { verify } from "./verify.ts";
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
  const { carrier, deviations } = findVariant(findPath(request.path), request.variant);
  using forwarder = openInPlace(request);
  const own = ownTesters(forwarder);
  using tester = own ? own.verifying() : openVerifyingTester(request.place, carrier, request.flows);
  return await verify(request, tester, forwarder, deviations);
}

async function runClosedLoop(request: ClosedLoopRequest): Promise<TrialResult> {
  const { place, frameBytes, flows, path, variant } = request;
  const windows = buildWindows(place, frameBytes, request.window);
  if (path === nullPath) {
    using tester = openMeasuringTester(place, "ethernet", windows, { straight: true, flows });
    return await measureClosedLoop(request, tester, undefined);
  }
  const { carrier } = findVariant(findPath(path), variant);
  using forwarder = openInPlace(request);
  const own = ownTesters(forwarder);
  if (own && (flows > 1 || windows.length > 1)) throw variedWindowsError(path, variant);
  using tester = own
    ? own.measuring(windows[0]!)
    : openMeasuringTester(place, carrier, windows, { flows });
  return await measureClosedLoop(request, tester, forwarder);
}

function variedWindowsError(path: string, variant: string): IopathError {
  const message = `the tester of ${path}/${variant} sends the same window every time`;
  return new IopathError(ExitStatus.cellFailed, message, {
    remedy: "measure it with `--flows 1` and a frame size that is no mix",
  });
}

function ownTesters({ path }: Forwarder) {
  return path.kind === "polled" ? path.testers : undefined;
}

function openInPlace({ place, path, variant, burst, planted }: TrialRequest): Forwarder {
  const found = planted ? plant(findPath(path), planted) : findPath(path);
  return inNamespace(place.forwarderNamespace, () => {
    const guarded = place.defaultRouteAllowed ? [] : place.ports;
    for (const { device } of guarded) refuseDefaultRoute(device);
    return openForwarder(found, variant, place.ports, { burst });
  });
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
