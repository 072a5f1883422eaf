/** What moves the tester's frames: the kernel, or this process on a path's own ports. */
import type { Path, Workload } from "@iopath/contract";
import { compileEarly, MonotonicClock } from "@iopath/native";
import { loadPath } from "../../paths/loaders.ts";
import type { TesterRequest } from "../protocol.ts";
import { planFrame } from "./frame-plan.ts";
import { KernelTraffic } from "./kernel-traffic.ts";
import { farBurst, OwnPortTraffic } from "./own-ports/own-port-traffic.ts";
import type { Traffic } from "./traffic.ts";

/** The path whose far ends are wanted; undefined where network devices lead to its ports. */
export async function loadFarPath({ farEnds }: TesterRequest): Promise<Path | undefined> {
  if (farEnds === undefined) return undefined;
  const path = await loadPath(farEnds);
  compileEarly();
  return path;
}

/** Where the tester is: the far ends of a path's own ports are found where the forwarder is. */
export function namespaceOf({ testbed, farEnds }: TesterRequest): string | undefined {
  return farEnds === undefined ? testbed.testerNamespace : testbed.forwarderNamespace;
}

/** @param path as `loadFarPath` says */
export function openTraffic(
  request: TesterRequest,
  workload: Workload,
  path: Path | undefined,
): Traffic {
  const { testbed, carrier, frameBytes, needlessLooks, farEnds } = request;
  const plan = planFrame(workload, testbed, carrier, frameBytes);
  if (path && farEnds) return openOwnPorts(path, farEnds, { plan, needlessLooks });
  const [into, outOf] = testbed.wires;
  return new KernelTraffic({
    ...{ plan, needlessLooks, devices: [into.device, outOf.device] },
    ownNamespace: !testbed.shared,
  });
}

function openOwnPorts(
  path: Path,
  { variant, meetingAt }: NonNullable<TesterRequest["farEnds"]>,
  options: Pick<ConstructorParameters<typeof OwnPortTraffic>[0], "plan" | "needlessLooks">,
): Traffic {
  using opening = new DisposableStack();
  const clock = opening.use(new MonotonicClock());
  const ends = opening.use(path.openFarEnds!(variant, meetingAt, farBurst));
  const traffic = new OwnPortTraffic({ ...options, ends, clock }, opening.move());
  traffic.rehearse();
  return traffic;
}
