/**
 * `--tester none`: forwards between two interfaces until told to stop, counters shown every second.
 */
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import {
  ExitStatus,
  type Forwarder,
  IopathError,
  openForwarder,
  type PortSpec,
} from "@iopath/contract";
import { findPorts, type Interfaces, undoOrphans } from "@iopath/lab";
import { allowedCpus, interfaceIndex, pinToCpu } from "@iopath/native";
import type { Section } from "../matrix/section.ts";
import { findPath, nullPath } from "../paths/all.ts";
import { formatCounters } from "../trial/format-counters.ts";

const showEveryMs = 1000;
/** Steps of a polled forwarder between looks at the clock and at signals. */
const stepsPerLook = 64;

/** Comes back when `signal` is aborted; the ports are then as they were before. */
export async function forwardUntilTold(
  section: Section,
  interfaces: Interfaces,
  signal: AbortSignal,
): Promise<void> {
  const [path, variant] = onlyWay(section);
  undoOrphans();
  const { ports, class: portClass } = findPorts(interfaces);
  const support = findPath(path).probe(variant, ports);
  if (!support.ok) {
    throw new IopathError(ExitStatus.cannotRun, `${path}/${variant}: ${support.missing}`, support);
  }
  pinToCpu(section.cpu ?? allowedCpus().at(-1)!);
  using forwarder = openForwarder(findPath(path), variant, ports, { burst: section.bursts[0]! });
  const names = ports.map(({ device }) => device).join(" → ");
  process.stdout.write(`${path}/${variant} forwards ${names} (class ${portClass}) until SIGINT\n`);
  await stepUntilTold(forwarder, ports, signal);
  process.stdout.write(`in all  ${formatCounters(forwarder.counters())}\n`);
}

/** The one path and variant that config and flags leave. */
function onlyWay({ paths }: Section): [path: string, variant: string] {
  const ways = Object.entries(paths)
    .filter(([path]) => path !== nullPath)
    .flatMap(([path, variants]) => variants.map((variant): [string, string] => [path, variant]));
  if (ways.length === 1) return ways[0]!;
  throw new IopathError(ExitStatus.usage, `--tester none forwards one way, not ${ways.length}`, {
    remedy: "name it with --path and --variant",
  });
}

async function stepUntilTold(
  forwarder: Forwarder,
  ports: readonly [PortSpec, PortSpec],
  signal: AbortSignal,
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
    process.stdout.write(`${counters.sent - before} frames/s  ${formatCounters(counters)}\n`);
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
