/**
 * The lab that needs no hardware: two network namespaces and two veth(4) pairs.
 *
 *     tester namespace                         forwarder namespace
 *     tester0  10.0.1.2  ......02  ── veth ──  port0  10.0.1.1  ......01   ingress
 *     tester1  10.0.2.2  ......04  ── veth ──  port1  10.0.2.1  ......03   egress
 *
 * Only the forwarder's side has addresses: nothing in the tester's namespace answers by itself.
 */
import { ExitStatus, IopathError, type PortSpec } from "@iopath/contract";
import {
  inNamespace,
  missingCapabilities,
  privilegeRemedy,
  writeDeviceSetting,
} from "@iopath/native";
import { addressPort, mtuBytes, portEnds, quieten, setSysctl, testerEnds } from "./lab-ends.ts";
import { deleteOrphanNamespaces, Namespace } from "./namespace.ts";
import type { Testbed, WireEnd } from "./testbed.ts";
import { undoOrphans } from "./undo-orphans.ts";

/** What the lab itself can't do without. */
const required = ["CAP_NET_ADMIN", "CAP_SYS_ADMIN"];
const wires: readonly [WireEnd, WireEnd] = [
  { ...testerEnds[0], mac: "02:00:00:00:00:02" },
  { ...testerEnds[1], mac: "02:00:00:00:00:04" },
];

const ports: readonly [PortSpec, PortSpec] = [
  { ...portEnds[0], queue: 0, mac: "02:00:00:00:00:01", neighbor: wires[0] },
  { ...portEnds[1], queue: 0, mac: "02:00:00:00:00:03", neighbor: wires[1] },
];

/** Made by the constructor, unmade by `using`, and by the end of the process at the latest. */
export class VethLab implements Disposable {
  readonly testbed: Testbed;
  readonly #resources = new DisposableStack();

  /**
   * @param cpus one per queue: frames that the tester sends from the CPU arrive on that queue
   * @throws IopathError when namespaces can't be made: no root, no `ip`, no veth in the kernel
   */
  constructor(cpus: readonly number[] = [0]) {
    requireLabPrivileges();
    undoOrphans();
    deleteOrphanNamespaces();
    using undoOnError = new DisposableStack();
    const tester = undoOnError.use(new Namespace("tester"));
    const forwarder = undoOnError.use(new Namespace("forwarder"));
    for (const { name } of [tester, forwarder]) inNamespace(name, quieten);
    for (const end of [0, 1] as const) {
      addWire(tester, wires[end], forwarder, ports[end], cpus.length);
    }
    if (cpus.length > 1) inNamespace(tester.name, () => steerByCpu(wires[0].device, cpus));
    this.testbed = {
      class: "virtual",
      testerNamespace: tester.name,
      forwarderNamespace: forwarder.name,
      ports,
      wires,
    };
    this.#resources.use(undoOnError.move());
  }

  /** Let the kernel's own router forward from port 0 to port 1, to compare others with it. */
  enableKernelForwarding(): void {
    const namespace = this.testbed.forwarderNamespace!;
    inNamespace(namespace, () => setSysctl("ipv4/ip_forward", "1"));
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

/** @throws IopathError, exit status 2, where this process may make no lab; asked before any wait */
export function requireLabPrivileges(): void {
  const isRoot = process.geteuid?.() === 0;
  const missing = missingCapabilities().filter((name) => required.includes(name));
  if (isRoot && missing.length === 0) return;
  const message = isRoot
    ? `making network namespaces needs ${missing.join(" and ")}`
    : "making network namespaces needs root";
  throw new IopathError(ExitStatus.cannotRun, message, { remedy: privilegeRemedy() });
}

function addWire(
  tester: Namespace,
  wire: WireEnd,
  forwarder: Namespace,
  port: PortSpec,
  queues: number,
): void {
  const mtu = ["mtu", String(mtuBytes)];
  const count = ["numtxqueues", String(queues), "numrxqueues", String(queues)];
  const ofPort = ["address", port.mac, ...mtu, ...count, "netns", forwarder.name];
  const ofWire = ["address", wire.mac, ...mtu, ...count];
  const pair = ["type", "veth", "peer", "name", port.device, ...ofPort];
  tester.ip("link", "add", wire.device, ...ofWire, ...pair);
  tester.ip("link", "set", wire.device, "up");
  forwarder.ip("link", "set", port.device, "up");
  addressPort((...args) => forwarder.ip(...args), port, wire);
}

/**
 * Transmit packet steering (Documentation/networking/scaling.rst, XPS): queue i is that of CPU
 * `cpus[i]`.
 */
function steerByCpu(device: string, cpus: readonly number[]): void {
  for (const [queue, cpu] of cpus.entries()) {
    writeDeviceSetting(device, `queues/tx-${queue}/xps_cpus`, cpuMask(cpu));
  }
}

/** A CPU as sysfs writes sets of them: words of 32 in hexadecimal, the highest first. */
function cpuMask(cpu: number): string {
  const word = ((1 << (cpu & 31)) >>> 0).toString(16);
  return word + ",00000000".repeat(cpu >>> 5);
}
