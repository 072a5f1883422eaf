/** What there is to know of an interface before anything is done to it. */
import { inNamespace, readIfThere, receiveQueues, upperDevices } from "@iopath/native";
import { ip, unlessSaid } from "../command.ts";
import { poll } from "../wait.ts";
import { connectionsOf } from "./connections.ts";
import { mergingOffloadsOn, trafficControlOn, unusualDiscipline } from "./programs.ts";
import { type RouteOver, readDefaultRoutes, wherePassedOn } from "./routes.ts";

/** Of `ip -details -json address show`, as far as it is used here. */
export interface Link {
  readonly ifname: string;
  readonly link_type: string;
  readonly address?: string;
  readonly flags: readonly string[];
  readonly mtu: number;
  readonly max_mtu?: number;
  readonly master?: string;
  readonly parentbus?: string;
  readonly linkinfo?: { readonly info_kind?: string };
  readonly xdp?: { readonly prog?: { readonly id?: number } };
  readonly addr_info?: readonly Address[];
}

interface Address {
  readonly family?: string;
  readonly local?: string;
  readonly scope?: string;
}

/** An interface by the kernel's name, which may be another than it was asked for by: an altname. */
export function findLink(namespace: string | undefined, name: string): Link | undefined {
  const where = namespace === undefined ? [] : ["-n", namespace];
  const isMissing = /does not exist|Cannot find device|not a valid ifname/;
  const text = unlessSaid(isMissing, () =>
    ip(...where, "-details", "-json", "address", "show", "dev", name),
  );
  const links = text === undefined ? [] : (JSON.parse(text) as Link[]);
  return links.find(({ ifname }) => ifname !== undefined);
}

export interface PortFacts {
  /** The kernel's name; what it was asked for by where there is no such interface. */
  readonly name: string;
  readonly namespace: string | undefined;
  /** Undefined where there is no such interface; then nothing else is known. */
  readonly link: Link | undefined;
  readonly receiveQueues: number;
  /** Interfaces that stand on it, at any height: VLANs, macvlans, bridges and bonds. */
  readonly uppers: readonly string[];
  readonly defaultRoutes: readonly RouteOver[];
  /** Established TCP connections by addresses of it or of what stands on it. */
  readonly connections: number;
  /** Whether the kernel routes what comes in. */
  readonly isRouted: boolean;
  /** By which interface the kernel would pass a test frame on. */
  readonly leadsTo: string | undefined;
  /** Filters and programs of traffic control, in words. */
  readonly trafficControl: readonly string[];
  readonly discipline: string | undefined;
  readonly mergingOffloads: readonly string[];
}

/**
 * Asks the system all of it, of several interfaces of one namespace.
 *
 * @param namespace of ip-netns(8); the calling thread's without one
 */
export function collectFacts<Names extends readonly string[]>(
  namespace: string | undefined,
  asked: Names,
): { readonly [I in keyof Names]: PortFacts } {
  const routes = inNamespace(namespace, readDefaultRoutes);
  const facts = asked.map((name) => factsOf(namespace, name, routes));
  return facts as { readonly [I in keyof Names]: PortFacts };
}

function factsOf(
  namespace: string | undefined,
  asked: string,
  routes: readonly RouteOver[],
): PortFacts {
  const link = findSettledLink(namespace, asked);
  if (link === undefined) return { ...nothing, name: asked, namespace };
  return inNamespace(namespace, () => {
    const name = link.ifname;
    const uppers = allUppers(name);
    const links = [link, ...uppers.map((upper) => findLink(undefined, upper))];
    return {
      ...{ name, namespace, link, uppers },
      receiveQueues: receiveQueues(name),
      defaultRoutes: routes.filter(({ device }) => device === name || uppers.includes(device)),
      connections: connectionsOf(links.flatMap(addressesOf)),
      isRouted: isRouted(name),
      leadsTo: isRouted(name) ? wherePassedOn(name) : undefined,
      trafficControl: trafficControlOn(name),
      discipline: unusualDiscipline(name),
      mergingOffloads: mergingOffloadsOn(name),
    };
  });
}

const nothing = {
  ...{ link: undefined, receiveQueues: 0, uppers: [], defaultRoutes: [], connections: 0 },
  ...{ isRouted: false, leadsTo: undefined, trafficControl: [], discipline: undefined },
  mergingOffloads: [],
} as const;

/** What stands on a device, and on that, each once. */
export function allUppers(device: string, found = new Set<string>()): string[] {
  for (const upper of upperDevices(device)) {
    if (found.has(upper)) continue;
    found.add(upper);
    allUppers(upper, found);
  }
  return [...found];
}

function addressesOf(link: Link | undefined): string[] {
  const usable = (link?.addr_info ?? []).filter(({ scope }) => scope !== "host");
  return usable.flatMap(({ local }) => local ?? []);
}

/** Whether the kernel's router takes what comes in by a device of this thread's namespace. */
export function isRouted(device: string): boolean {
  return routingFamilies(device).length > 0;
}

/** For which protocols it does. */
export function routingFamilies(device: string): ("ipv4" | "ipv6")[] {
  return (["ipv4", "ipv6"] as const).filter((family) => {
    // A kernel without the protocol has no such file.
    const setting = readIfThere(`/proc/sys/net/${family}/conf/${device}/forwarding`);
    return setting !== undefined && setting.trim() !== "0";
  });
}

/** Buses whose devices a hypervisor plays. */
const virtualBuses = ["virtio", "vmbus", "xen"];

/** veth, tap, dummy and the like have a kind and no bus; cards have a bus. */
export function isVirtual({ linkinfo, parentbus }: Link): boolean {
  if (linkinfo?.info_kind !== undefined || parentbus === undefined) return true;
  return virtualBuses.includes(parentbus);
}

/**
 * How long a link may be without a carrier that was set up or started again a moment ago: the
 * kernel reports that of a veth at once, a card negotiates.
 */
export const carrierLimitMs = { veth: 1000, card: 10_000 } as const;

/**
 * ip(8) says NO-CARRIER by the operational state, which follows the driver's word, LOWER_UP, a
 * moment later in either direction: a link carries frames when neither denies it.
 */
export function lacksCarrier({ flags }: Pick<Link, "flags">): boolean {
  const isUp = flags.includes("UP");
  return flags.includes("NO-CARRIER") || (isUp && !flags.includes("LOWER_UP"));
}

/** As `findLink`, once the link has a carrier, or its time is up. */
function findSettledLink(namespace: string | undefined, name: string): Link | undefined {
  const link = findLink(namespace, name);
  if (link === undefined || !lacksCarrier(link)) return link;
  const limitMs = carrierLimitMs[link.linkinfo?.info_kind === undefined ? "card" : "veth"];
  poll(limitMs, 50, () => {
    const now = findLink(namespace, name);
    return now === undefined || !lacksCarrier(now) || undefined;
  });
  return findLink(namespace, name);
}
