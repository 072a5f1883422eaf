/** Routes that lead over an interface, in all tables of the calling thread's namespace. */
import { existsSync } from "node:fs";
import { ip, unlessSaid } from "../command.ts";

/** One route that can lead over an interface, as one of several next hops or alone. */
export interface RouteOver {
  readonly device: string;
  readonly family: "IPv4" | "IPv6";
  /** "default", "0.0.0.0/1". */
  readonly destination: string;
  readonly table: string;
  /** Whether a rule leads to the table. */
  readonly isReached: boolean;
}

/** Of `ip -json -details route show table all`, as far as it is used here. */
interface Route {
  readonly type: string;
  readonly dst: string;
  readonly dev?: string;
  readonly table?: string;
  readonly nhid?: number;
  readonly nexthops?: readonly { readonly dev?: string }[];
}

/** Of `ip -json rule show`. */
interface Rule {
  readonly table?: string;
}

/** Of `ip -json nexthop show`: one next hop, or a group of others. */
interface NextHop {
  readonly id: number;
  readonly dev?: string;
  readonly group?: readonly { readonly id: number }[];
}

/**
 * A route to so large a part of all addresses is a default route by another name: VPNs take two
 * halves.
 */
const longestDefaultPrefix = 7;
const allFamilies = ["-4", "-6"] as const;

/**
 * Default routes of a namespace, in whatever table, each with all devices that it may lead over.
 */
export function readDefaultRoutes(): RouteOver[] {
  const nextHops = readNextHops();
  const families = existsSync("/proc/thread-self/net/if_inet6") ? allFamilies : ["-4" as const];
  return families.flatMap((family) => {
    const routes = parse<Route>(ip(family, "-json", "-details", "route", "show", "table", "all"));
    const wide = routes.filter(({ type, dst }) => type === "unicast" && isDefault(dst));
    if (wide.length === 0) return [];
    const tables = new Set(
      parse<Rule>(ip(family, "-json", "rule", "show")).map(({ table }) => table),
    );
    return wide.flatMap((route) =>
      devicesOf(route, nextHops).map((device) => ({
        ...{ device, destination: route.dst, table: route.table ?? "main" },
        family: family === "-4" ? ("IPv4" as const) : ("IPv6" as const),
        isReached: tables.has(route.table ?? "main"),
      })),
    );
  });
}

/** "default", "0.0.0.0/1", "2000::/3"; a single address has no prefix length. */
function isDefault(destination: string): boolean {
  if (destination === "default") return true;
  const length = destination.split("/")[1];
  return length !== undefined && Number(length) <= longestDefaultPrefix;
}

/** Each once; with `nexthop_compat_mode` 0 the kernel names a next hop object and no device. */
function devicesOf({ dev, nexthops = [], nhid }: Route, objects: readonly NextHop[]): string[] {
  const named = [dev, ...nexthops.map((hop) => hop.dev), ...devicesOfObject(nhid, objects)];
  return [...new Set(named.filter((device) => device !== undefined))];
}

function devicesOfObject(id: number | undefined, objects: readonly NextHop[]): string[] {
  const found = objects.find((object) => object.id === id);
  const members = found?.group?.flatMap((member) => devicesOfObject(member.id, objects)) ?? [];
  return found?.dev === undefined ? members : [found.dev, ...members];
}

/** None where the kernel or ip(8) is older than next hop objects. */
function readNextHops(): NextHop[] {
  const isOlder = /Object "nexthop" is unknown|Operation not supported/;
  return unlessSaid(isOlder, () => parse<NextHop>(ip("-json", "nexthop", "show"))) ?? [];
}

/** What ip(8) prints; nothing at all where a protocol is not there. */
function parse<T>(text: string): T[] {
  return text.trim() === "" ? [] : (JSON.parse(text) as T[]);
}

/** Where the kernel would send a test frame that comes in by a device; undefined if nowhere. */
export function wherePassedOn(device: string): string | undefined {
  for (const [source, destination] of testAddresses) {
    const dev = askRoute(destination, "from", source, "iif", device);
    if (dev !== undefined) return dev;
  }
  return undefined;
}

/** Which device the kernel would send packets of its own to an address by. */
export function deviceTowards(address: string): string | undefined {
  return askRoute(address);
}

/**
 * Devices other than these by which a test frame that comes in by the first of them would leave.
 */
export function strayDevices(devices: readonly [string, string]): string[] {
  const found = testAddresses.flatMap(([source, destination]) => [
    askRoute(destination, "from", source, "iif", devices[0]),
    // The router's answers to it, such as that its time is over.
    deviceTowards(source),
  ]);
  const strays = found.filter((device) => device !== undefined && !devices.includes(device));
  return [...new Set(strays.filter((device) => device !== undefined))];
}

/** Sources and destinations of test frames lie in these halves of RFC 2544's range, C.2.2. */
const testAddresses = [
  ["198.18.0.1", "198.19.0.1"],
  ["198.18.255.254", "198.19.255.254"],
] as const;

/**
 * How the kernel says that it would send a packet nowhere: there is no route (ENETUNREACH), none
 * for what comes in there (EHOSTUNREACH, EXDEV), or one that forbids it: unreachable, blackhole
 * (EINVAL), prohibit (EACCES), throw (ESRCH on old kernels).
 */
const leadsNowhere = new RegExp(
  `^RTNETLINK answers: (${[
    "Network is unreachable",
    "No route to host",
    "Invalid cross-device link",
    "Invalid argument",
    "Permission denied",
    "No such process",
  ].join("|")})$`,
  "m",
);

/** @throws IopathError where the kernel could not be asked: that says nothing of its routes */
function askRoute(...question: string[]): string | undefined {
  const ask = () => parse<{ dev?: string }>(ip("-json", "route", "get", ...question));
  return unlessSaid(leadsNowhere, ask)?.[0]?.dev;
}
