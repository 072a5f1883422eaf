/**
 * `run --tester none`: forwards between two interfaces until a signal comes or nobody reads what it
 * prints; its counters are shown every second.
 */

import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import {
  ExitStatus,
  type Forwarder,
  IopathError,
  openForwarder,
  type Path,
  type PortSpec,
} from "@iopath/contract";
import { findPorts, isRouted, keepFromKernel, undoOrphans } from "@iopath/lab";
import { allowedCpus, interfaceIndex, pinToCpu } from "@iopath/native";
import { findPath, findVariant } from "../../paths/all.ts";
import { formatCounters } from "../../trial/format-counters.ts";
import { lackOfWorkload } from "../../trial/lack-of-workload.ts";
import { findWorkload } from "../../workloads/known.ts";
import type { ForwardPlan } from "../plan.ts";
import { CounterLog } from "./counter-log.ts";

const showEveryMs = 1000;
/** Steps of a polled forwarder between looks at the clock and at signals. */
const stepsPerLook = 64;

/**
 * Forwards until `stop` is aborted; the ports are then as they were before. A signal is how it is
 * meant to end, but for SIGHUP: then its terminal was closed.
 */
export async function performForward(plan: ForwardPlan, stop: AbortSignal): Promise<number> {
  const { path: name, variant, interfaces, burst, cpu = allowedCpus().at(-1)!, out } = plan;
  const path = findPath(name);
  const workload = findWorkload(plan.workload);
  if (plan.dryRun) {
    const between = interfaces.ports.join(" → ");
    process.stdout.write(
      `${name}/${variant} would forward ${between}, burst ${burst}, ${workload.name}\n`,
    );
    return 0;
  }
  using log = out === undefined ? undefined : new CounterLog(out, workload.reasons);
  undoOrphans();
  const { ports, class: portClass, notes } = findPorts(interfaces);
  const support = lackOfWorkload(path, variant, workload) ?? path.probe(variant, ports, workload);
  if (!support.ok) {
    throw new IopathError(ExitStatus.cannotRun, `${name}/${variant}: ${support.missing}`, support);
  }
  for (const note of notes) process.stderr.write(`note: ${note}\n`);
  pinToCpu(cpu);
  using _kept = keepOutOf(path, variant, ports[0].device);
  using forwarder = openForwarder(path, variant, ports, { burst, workload });
  const devices = ports.map(({ device }) => device).join(" → ");
  process.stdout.write(
    `${name}/${variant} forwards ${devices} (class ${portClass}) until SIGINT\n`,
  );
  await stepUntil(stop, { forwarder, ports, log });
  process.stdout.write(`in all  ${formatCounters(forwarder.counters(), forwarder.workload)}\n`);
  log?.add(forwarder.counters());
  return stop.reason === ExitStatus.hungUp ? ExitStatus.hungUp : ExitStatus.ok;
}

/** Frames that a user-space path forwards are not for the kernel to route as well. */
function keepOutOf(path: Path, variant: string, device: string): Disposable | undefined {
  const { kind, carrier } = findVariant(path, variant);
  const isCopied = kind === "polled" && carrier === "ethernet";
  return isCopied && isRouted(device) ? keepFromKernel(device) : undefined;
}

interface Forwarding {
  readonly forwarder: Forwarder;
  readonly ports: readonly [PortSpec, PortSpec];
  readonly log: CounterLog | undefined;
}

async function stepUntil(
  signal: AbortSignal,
  { forwarder, ports, log }: Forwarding,
): Promise<void> {
  const indices = ports.map(({ device }) => interfaceIndex(device));
  const polled = forwarder.path.kind === "polled";
  let showAt = performance.now() + showEveryMs;
  let before = forwarder.counters().sent;
  while (!signal.aborted) {
    if (polled) {
      for (let i = 0; i < stepsPerLook; i++) forwarder.step();
      await setImmediate();
    } else await sleep(showEveryMs, undefined, { signal }).catch(() => {});
    if (performance.now() < showAt && polled) continue;
    showAt += showEveryMs;
    const counters = forwarder.counters();
    process.stdout.write(
      `${counters.sent - before} frames/s  ${formatCounters(counters, forwarder.workload)}\n`,
    );
    log?.add(counters);
    before = counters.sent;
    for (const [i, { device }] of ports.entries()) {
      // A new interface of the same name is another one.
      if (interfaceIndex(device) !== indices[i]) throw goneError(device);
    }
  }
}

function goneError(device: string): IopathError {
  return new IopathError(ExitStatus.refused, `${device} is another interface than before`);
}
