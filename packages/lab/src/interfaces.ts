/** A testbed of interfaces that were there before: found, asked about, and left as they are. */
import {
  type Class,
  ExitStatus,
  IopathError,
  type PortSpec,
  type WireLimits,
} from "@iopath/contract";
import { inNamespace } from "@iopath/native";
import { ip } from "./command.ts";
import { refuseDefaultRoute } from "./guard.ts";
import type { InterfacesPlace, Pair } from "./place.ts";
import type { Testbed, WireEnd } from "./testbed.ts";
import { isVirtualMachine } from "./this-machine.ts";
import { poll } from "./wait.ts";

/** Interfaces as ports, and what they are wired to. */
export type Interfaces = Omit<InterfacesPlace, "kind">;

/** Of `ip -details -json address show`, as far as it is used here. */
interface Link {
  readonly ifname: string;
  readonly address?: string;
  readonly flags: readonly string[];
  readonly parentbus?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly addr_info?: readonly { readonly family?: string; readonly local?: string }[];
}

/** Buses whose devices a hypervisor plays. */
const virtualBuses = ["virtio", "vmbus", "xen"];

/**
 * The ports and what they are.
 * @throws IopathError, exit status 8, for one that can't be used
 */
export function findPorts(interfaces: Interfaces): { ports: [PortSpec, PortSpec]; class: Class } {
  requireTwo(interfaces.ports);
  if (interfaces.tester !== "none") requireTwo(interfaces.tester);
  const [from, to] = findLinks(undefined, interfaces.ports, interfaces.force);
  const [wire0, wire1] = findWires(interfaces);
  return {
    ports: [newPort(from, wire0), newPort(to, wire1)],
    class: isVirtual(from) || isVirtual(to) ? "virtual" : "hardware",
  };
}

function requireTwo([first, second]: Pair): void {
  if (first !== second) return;
  throw new IopathError(ExitStatus.usage, `${first} is named twice; two interfaces are needed`);
}

/** The whole testbed; its tester must not be "none". */
export function findTestbed(interfaces: Interfaces): Testbed {
  const { testerNamespace } = interfaces;
  const found = findPorts(interfaces);
  return {
    shared: true,
    ...found,
    ...(found.class === "hardware" ? { limits: limitsOfCards() } : {}),
    ...(testerNamespace === undefined ? {} : { testerNamespace }),
    ...(interfaces.force ? { defaultRouteAllowed: true } : {}),
    wires: findWires(interfaces),
  };
}

/**
 * What cards do not carry as it is: short frames are padded, and tagged ones taken out where no
 * VLAN was set up. One that QEMU plays also looks into the IP headers of what it sends.
 */
function limitsOfCards(): WireLimits {
  return { shortestFrameBytes: 60, dropsVlanTagged: true, dropsBrokenIp: isVirtualMachine() };
}

function newPort(link: Link, neighbor: WireEnd): PortSpec {
  return { device: link.ifname, queue: 0, mac: macOf(link), ipv4: ipv4Of(link), neighbor };
}

/** What the ports lead to: the tester's interfaces, or the next hop, about which less is known. */
function findWires(interfaces: Interfaces): [WireEnd, WireEnd] {
  const { tester, testerNamespace, force, ports, nextHop } = interfaces;
  if (tester === "none") {
    const unknown = { device: "", mac: "00:00:00:00:00:00", ipv4: "" };
    return [unknown, { ...unknown, ...findNextHop(ports[1], nextHop) }];
  }
  const [wire0, wire1] = findEnds(testerNamespace, tester, force);
  return [wire0, nextHop === undefined ? wire1 : { ...wire1, ...findNextHop(ports[1], nextHop) }];
}

/**
 * Interfaces as ends of wires.
 * @throws IopathError, exit status 8, for one that can't be used
 */
export function findEnds(
  namespace: string | undefined,
  names: Pair,
  force = false,
): [WireEnd, WireEnd] {
  return findLinks(namespace, names, force).map((link) => ({
    device: link.ifname,
    mac: macOf(link),
    ipv4: ipv4Of(link),
  })) as [WireEnd, WireEnd];
}

function findLinks(namespace: string | undefined, names: Pair, force = false): [Link, Link] {
  const links = showLinks(namespace);
  for (const name of force ? [] : names) inNamespace(namespace, () => refuseDefaultRoute(name));
  return names.map((name) => {
    const link = links.find(({ ifname }) => ifname === name);
    if (link?.address !== undefined) return link;
    const where = namespace === undefined ? "here" : `in network namespace ${namespace}`;
    throw new IopathError(ExitStatus.refused, `no Ethernet interface named ${name} ${where}`, {
      remedy: "`ip link` lists them all",
    });
  }) as [Link, Link];
}

function showLinks(namespace: string | undefined): Link[] {
  const where = namespace === undefined ? [] : ["-n", namespace];
  return JSON.parse(ip(...where, "-details", "-json", "address", "show")) as Link[];
}

/** veth, tap, dummy and the like have a kind and no bus; cards have a bus. */
function isVirtual({ linkinfo, parentbus }: Link): boolean {
  if (linkinfo?.info_kind !== undefined || parentbus === undefined) return true;
  return virtualBuses.includes(parentbus);
}

const macOf = ({ address }: Link): string => address!;

/** Empty where the interface has no address. */
function ipv4Of({ addr_info = [] }: Link): string {
  return addr_info.find(({ family }) => family === "inet")?.local ?? "";
}

const macForm = /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i;

interface Neighbor {
  readonly dst: string;
  readonly lladdr?: string;
}

/** By its MAC, by its address in the neighbour table, or as the only one in that table. */
function findNextHop(device: string, nextHop?: string): { mac: string; ipv4: string } {
  const listed = JSON.parse(ip("-4", "-json", "neighbour", "show", "dev", device)) as Neighbor[];
  const known = listed.filter(({ lladdr }) => lladdr !== undefined);
  if (nextHop !== undefined && macForm.test(nextHop)) {
    const ipv4 = known.find(({ lladdr }) => lladdr === nextHop.toLowerCase())?.dst ?? "";
    return { mac: nextHop, ipv4 };
  }
  const found = nextHop === undefined ? known : known.filter(({ dst }) => dst === nextHop);
  if (found.length === 1) return { mac: found[0]!.lladdr!, ipv4: found[0]!.dst };
  const which = nextHop === undefined ? `${known.length} neighbours` : `no neighbour ${nextHop}`;
  throw new IopathError(ExitStatus.usage, `next hop unknown: ${device} knows ${which}`, {
    remedy: "name its MAC with --next-hop, or ping it once so that the neighbour table has it",
  });
}

/** How long a new link takes. */
const carrierLimitMs = 10_000;
const withoutCarrier = "has no carrier";

/**
 * As `portFaults`, once links of cards are back that were lost a moment ago: many drivers start
 * them anew when an XDP program comes or goes.
 */
export function settledPortFaults(testbed: Testbed): string[] {
  const isCarrier = (fault: string) => fault.endsWith(withoutCarrier);
  const settled = () => {
    const faults = portFaults(testbed);
    const mayPass = testbed.class !== "virtual" && faults.length > 0 && faults.every(isCarrier);
    return mayPass ? undefined : faults;
  };
  return poll(carrierLimitMs, 50, settled) ?? portFaults(testbed);
}

/**
 * Interfaces of a testbed that are gone or can't carry a frame, in words; nothing when all is well.
 */
export function portFaults(testbed: Testbed): string[] {
  const sides = [
    [testbed.forwarderNamespace, testbed.ports],
    [testbed.testerNamespace, testbed.wires],
  ] as const;
  return sides.flatMap(([namespace, ends]) => {
    const links = showLinks(namespace);
    return ends.flatMap(({ device }) => {
      const link = links.find(({ ifname }) => ifname === device);
      if (!link) return [`interface ${device} is gone`];
      if (!link.flags.includes("UP")) return [`interface ${device} is down`];
      return link.flags.includes("NO-CARRIER") ? [`interface ${device} ${withoutCarrier}`] : [];
    });
  });
}
