/** A testbed of interfaces that were there before: found, asked about, and left as they are. */
import {
  type Class,
  ExitStatus,
  IopathError,
  type PortSpec,
  type WireLimits,
} from "@iopath/contract";
import { ip } from "./command.ts";
import type { Pair } from "./place.ts";
import { carrierLimitMs, collectFacts, isVirtual, type Link, lacksCarrier } from "./ports/facts.ts";
import { type Interfaces, inspectInterfaces, refuse } from "./ports/inspection.ts";
import { judgePort, type PortWants } from "./ports/judgement.ts";
import { type LinksOfTestbed, linksOf } from "./ports/links.ts";
import type { Testbed, WireEnd } from "./testbed.ts";
import { isVirtualMachine } from "./this-machine.ts";
import { poll } from "./wait.ts";

export interface FoundPorts {
  readonly ports: [PortSpec, PortSpec];
  readonly class: Class;
  /** What a reader of the figures has to know of them. */
  readonly notes: readonly string[];
}

/** What the ports' wires lead to, as a tester on another machine says of its own interfaces. */
export interface FarEnds {
  readonly wires: readonly [WireEnd, WireEnd];
  readonly notes: readonly string[];
  readonly hasCards: boolean;
}

/**
 * The ports and what they are, asked about before anything is done to them.
 *
 * @param far what they lead to, where the tester is on another machine
 * @throws IopathError, exit status 8, with all that keeps them from being used
 */
export function findPorts(asked: Interfaces, wants: PortWants = {}, far?: FarEnds): FoundPorts {
  return found(asked, wants, far);
}

/**
 * The whole testbed; without `far` its tester must not be "none". With it the wires have names that
 * mean something on the tester's machine alone.
 *
 * @param far as for `findPorts`
 * @throws IopathError as `findPorts` does
 */
export function findTestbed(asked: Interfaces, far?: FarEnds): Testbed {
  const { testerNamespace, force } = asked;
  const { ports, class: ofPorts, wires, hasCards } = found(asked, {}, far);
  return {
    shared: true,
    ...{ ports, wires, class: ofPorts },
    ...(hasCards ? { limits: limitsOfCards(), hasLinks: true } : {}),
    ...(testerNamespace === undefined ? {} : { testerNamespace }),
    ...(force ? { defaultRouteAllowed: true } : {}),
  };
}

/** A testbed without what is on another machine: nobody looks for it here. */
export function withoutFarEnds(testbed: Testbed): Testbed {
  const [wire0, wire1] = testbed.wires;
  return { ...testbed, wires: [nameless(wire0), nameless(wire1)] };
}

const nameless = (end: WireEnd): WireEnd => ({ ...end, device: "" });

interface Found extends FoundPorts {
  readonly wires: [WireEnd, WireEnd];
  /** Whether one of the four ends is a card's, whatever the others are. */
  readonly hasCards: boolean;
}

/** @param far as for `findPorts`; what is asked about the tester's interfaces is asked there */
function found(asked: Interfaces, wants: PortWants, far?: FarEnds): Found {
  const here = far ? withoutTester(asked) : asked;
  const { interfaces, ports, wires: ends, notes } = inspectInterfaces(here, wants);
  const [from, to] = [ports[0].link!, ports[1].link!];
  const links = ends?.map(({ link }) => link!);
  const near = links?.map(newEnd) as [WireEnd, WireEnd] | undefined;
  const wires = findWires(interfaces, far?.wires ?? near);
  return {
    ports: [newPort(from, wires[0]), newPort(to, wires[1])],
    class: isVirtual(from) || isVirtual(to) ? "virtual" : "hardware",
    ...{ notes, wires },
    hasCards:
      [from, to, ...(links ?? [])].some((link) => !isVirtual(link)) || far?.hasCards === true,
  };
}

function withoutTester({ testerNamespace: _, ...asked }: Interfaces): Interfaces {
  return { ...asked, tester: "none" };
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
function findWires(
  { ports, nextHop }: Interfaces,
  ends: FarEnds["wires"] | undefined,
): [WireEnd, WireEnd] {
  const unknown = { device: "", mac: "00:00:00:00:00:00", ipv4: "" };
  if (!ends) return [unknown, { ...unknown, ...findNextHop(ports[1], nextHop) }];
  const [wire0, wire1] = ends;
  return [wire0, nextHop === undefined ? wire1 : { ...wire1, ...findNextHop(ports[1], nextHop) }];
}

const newEnd = (link: Link): WireEnd => ({
  device: link.ifname,
  mac: macOf(link),
  ipv4: ipv4Of(link),
});

/**
 * Interfaces as ends of wires.
 *
 * @throws IopathError, exit status 8, for one that is not to be had
 */
export function findEnds(namespace: string | undefined, names: Pair): [WireEnd, WireEnd] {
  return findFarEnds(namespace, names, {}).wires;
}

/**
 * Interfaces of this machine as the far ends of another one's ports.
 *
 * @throws IopathError, exit status 8, with all that keeps them from being used
 */
export function findFarEnds(
  namespace: string | undefined,
  names: Pair,
  wants: PortWants,
): { wires: [WireEnd, WireEnd]; notes: string[]; hasCards: boolean } {
  const facts = collectFacts(namespace, names);
  const judged = facts.map((port) => judgePort(port, wants));
  refuse(judged.flatMap(({ refusals }) => refusals));
  return {
    wires: facts.map(({ link }) => newEnd(link!)) as [WireEnd, WireEnd],
    notes: judged.flatMap(({ notes }) => notes),
    hasCards: facts.some(({ link }) => !isVirtual(link!)),
  };
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

const withoutCarrier = "has no carrier";
const isCarrier = (fault: string) => fault.endsWith(withoutCarrier);

/**
 * As `portFaults`, once links are back that were lost a moment ago: many drivers of cards restart
 * them when an XDP program comes or goes. An interface that is gone or down decides at once.
 */
export function settledPortFaults(testbed: Testbed): string[] {
  return faultsWithout(testbed, (faults) => faults.length > 0 && faults.every(isCarrier));
}

/**
 * Waits for the links of a testbed that were lost a moment ago, for as long as one may take. An
 * interface that is gone is no reason to go on: its card may be in the hands of the path.
 */
export function awaitCarriers(testbed: Testbed): void {
  faultsWithout(testbed, (faults) => faults.some(isCarrier));
}

/** The faults once they are others than may pass by themselves, or the time for that is over. */
function faultsWithout(testbed: Testbed, mayPass: (faults: string[]) => boolean): string[] {
  const mayBeCards = testbed.hasLinks || testbed.class !== "virtual";
  const limitMs = carrierLimitMs[mayBeCards ? "card" : "veth"];
  const settled = poll(limitMs, 50, () => {
    const faults = portFaults(testbed);
    return mayPass(faults) ? undefined : faults;
  });
  return settled ?? portFaults(testbed);
}

/**
 * Interfaces of a testbed that are gone or can't carry a frame, in words; nothing when all is well.
 */
export function portFaults(testbed: Testbed, links: LinksOfTestbed = linksOf(testbed)): string[] {
  return links.flatMap(({ device, link }) => {
    if (!link) return [`interface ${device} is gone`];
    if (!link.flags.includes("UP")) return [`interface ${device} is down`];
    return lacksCarrier(link) ? [`interface ${device} ${withoutCarrier}`] : [];
  });
}
