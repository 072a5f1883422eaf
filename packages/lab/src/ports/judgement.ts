/**
 * Whether interfaces of the user's can be used as they are. Pure: all that was asked about them
 * comes in, all that is to be said about it goes out, at once.
 */
import { lacksCarrier, type PortFacts } from "./facts.ts";
import type { RouteOver } from "./routes.ts";

/** What a run wants of its interfaces. */
export interface PortWants {
  /** The longest frame, its check sequence of 4 bytes included. */
  readonly frameBytesMax?: number;
  /** Whether frames are carried in UDP datagrams too. */
  readonly usesUdp?: boolean;
  readonly workers?: number;
  /** Take interfaces that others use as well. */
  readonly force?: boolean;
}

/** What keeps an interface from being used. */
export interface Refusal {
  readonly what: string;
  readonly remedy: string;
  /** Whether `--force` overrides it. */
  readonly isForcible: boolean;
}

interface Judgement {
  readonly refusals: readonly Refusal[];
  /** What a reader of the figures has to know. */
  readonly notes: readonly string[];
}

interface Ends {
  readonly ports: readonly [PortFacts, PortFacts];
  /** Undefined where the tester is elsewhere. */
  readonly wires: readonly [PortFacts, PortFacts] | undefined;
}

export function judgePorts(ends: Ends, wants: PortWants): Judgement {
  const all = [...ends.ports, ...(ends.wires ?? [])];
  const judged = all.map((port) => judgePort(port, wants));
  return {
    refusals: judged.flatMap(({ refusals }) => refusals),
    notes: [
      ...judged.flatMap(({ notes }) => notes),
      ...notesOnRouting(ends.ports[0]),
      ...notesOnQueues(ends.ports[0], wants),
      ...notesOnMtu(all, wants),
    ],
  };
}

/** One end by itself. */
export function judgePort(port: PortFacts, wants: PortWants): Judgement {
  if (!port.link) return { refusals: [missing(port)], notes: [] };
  const found = [...unusable(port, wants), ...usedByOthers(port)];
  const overridden = wants.force ? found.filter(({ isForcible }) => isForcible) : [];
  const forced = overridden.map(({ what }) => `--force, though ${what}`);
  return {
    refusals: found.filter((refusal) => !overridden.includes(refusal)),
    notes: [...forced, ...notesOf(port)],
  };
}

/** "p0", "t0 in network namespace bench". */
function nameOf({ name, namespace }: PortFacts): string {
  return namespace === undefined ? name : `${name} in network namespace ${namespace}`;
}

/** How ip(8) is called for it. */
function ipFor({ namespace }: PortFacts): string {
  return namespace === undefined ? "ip" : `ip -n ${namespace}`;
}

function missing(port: PortFacts): Refusal {
  const where = port.namespace === undefined ? "here" : `in network namespace ${port.namespace}`;
  return {
    what: `there is no interface named ${port.name} ${where}`,
    remedy: `\`${ipFor(port)} link\` lists the interfaces`,
    isForcible: false,
  };
}

/** What `--force` can't help. */
function unusable(port: PortFacts, { frameBytesMax }: PortWants): Refusal[] {
  const { name } = port;
  const link = port.link!;
  const no = (what: string, remedy: string) => [{ what, remedy, isForcible: false }];
  if (link.link_type !== "ether" || link.address === undefined) {
    return no(`${nameOf(port)} is no Ethernet interface`, "name one that carries Ethernet frames");
  }
  if (!link.flags.includes("UP")) {
    return no(`interface ${nameOf(port)} is down`, `\`${ipFor(port)} link set dev ${name} up\``);
  }
  if (lacksCarrier(link)) {
    return no(
      `interface ${nameOf(port)} has no carrier`,
      "plug its cable in, and set what is at the other end up",
    );
  }
  const mtu = mtuFor(frameBytesMax ?? 0);
  if (link.mtu >= mtu) return [];
  const what = `${nameOf(port)} has MTU ${link.mtu}, and frames of ${frameBytesMax} bytes need ${mtu}`;
  if ((link.max_mtu || Number.POSITIVE_INFINITY) < mtu) {
    return no(
      what,
      `its driver takes no more than ${link.max_mtu}: measure smaller \`--frame-bytes\``,
    );
  }
  return no(
    what,
    `\`${ipFor(port)} link set dev ${name} mtu ${mtu}\`, or smaller \`--frame-bytes\``,
  );
}

/** Ethernet's header and check sequence are no part of the MTU. */
const mtuFor = (frameBytes: number): number => frameBytes - 18;

/** What its user would lose, or what would reach others. */
function usedByOthers(port: PortFacts): Refusal[] {
  const { name, defaultRoutes, connections, trafficControl } = port;
  const { master, xdp } = port.link!;
  const asked = (what: string, remedy: string): Refusal => ({ what, remedy, isForcible: true });
  const other = "name a port that carries nothing else, or add --force";
  const routes = distinct(defaultRoutes.filter(({ isReached }) => isReached));
  return [
    ...routes.map((route) => asked(`${carries(port, route)}${cutOff}`, other)),
    ...(master === undefined
      ? []
      : [
          asked(
            `${nameOf(port)} is a port of ${master}, which would take its frames or send them on`,
            `\`${ipFor(port)} link set dev ${name} nomaster\`, or name another port`,
          ),
        ]),
    ...(connections === 0
      ? []
      : [asked(`TCP connections of this machine go by ${nameOf(port)}: ${connections}`, other)]),
    ...(xdp === undefined
      ? []
      : [
          asked(
            `${nameOf(port)} has an XDP program of somebody else's: id ${xdp.prog?.id}`,
            `end the program that put it there, or \`${ipFor(port)} link set dev ${name} xdp off\``,
          ),
        ]),
    ...trafficControl.map((program) =>
      asked(
        `${nameOf(port)} has ${program}, which may change frames or send them elsewhere`,
        `end what put it there, or \`tc qdisc delete dev ${name} clsact\``,
      ),
    ),
  ];
}

const cutOff = "; forwarding on it would cut this machine off";

/** "p0 carries a default route", and over what and in which table where that is not plain. */
function carries(port: PortFacts, { device, destination, table, family }: RouteOver): string {
  const over = device === port.name ? "" : ` by ${device}, which stands on it`;
  const usual = destination === "default" && table === "main";
  const which = usual ? "" : ` (${family} ${destination}, table ${table})`;
  return `${nameOf(port)} carries a default route${over}${which}`;
}

function distinct(routes: readonly RouteOver[]): RouteOver[] {
  const byText = new Map(routes.map((route) => [JSON.stringify(route), route]));
  return [...byText.values()];
}

function notesOf(port: PortFacts): string[] {
  const { uppers, defaultRoutes, discipline, mergingOffloads } = port;
  const name = nameOf(port);
  const { master } = port.link!;
  const standing = uppers.filter((upper) => upper !== master);
  const unreached = distinct(defaultRoutes.filter(({ isReached }) => !isReached));
  return [
    ...(standing.length === 0 ? [] : [`${standing.join(", ")} on ${name} get no frames meanwhile`]),
    ...unreached.map((route) => `${carries(port, route)}, to which no rule leads`),
    ...(discipline === undefined ? [] : [`${name} has the queueing discipline ${discipline}`]),
    ...mergingOffloads.map(
      (offload) =>
        `${name} has ${offload} on, which merges frames: \`ethtool -K ${port.name} ${offload} off\``,
    ),
  ];
}

/** Of the port that test frames come in by. */
function notesOnRouting(port: PortFacts): string[] {
  const { isRouted, leadsTo } = port;
  if (!isRouted) return [];
  const by = leadsTo === undefined ? "" : `, test frames by ${leadsTo}`;
  return [
    `the kernel routes what comes in by ${nameOf(port)}${by}: they are kept from it meanwhile`,
  ];
}

function notesOnQueues(port: PortFacts, { workers = 1 }: PortWants): string[] {
  if (port.receiveQueues <= workers) return [];
  const forWorkers = workers === 1 ? "one worker" : `${workers} workers`;
  return [
    `${nameOf(port)} has ${port.receiveQueues} receive queues for ${forWorkers}: a path that takes ` +
      "one queue each misses what comes by the others: " +
      `\`ethtool -L ${port.name} combined ${workers}\``,
  ];
}

/** Drivers take XDP programs up to 3000 to 3500 bytes, which fit into a page. */
const nativeXdpMtu = 3000;
/** The longest frame of a verify pass, 1514 bytes in memory, in a datagram over IPv4. */
export const udpMtu = 1514 + 28;

function notesOnMtu(ports: readonly PortFacts[], wants: PortWants): string[] {
  const known = ports.filter(({ link }) => link !== undefined);
  const mtus = known.map((port) => `${nameOf(port)} ${port.link!.mtu}`).join(", ");
  const sizes = known.map(({ link }) => link!.mtu);
  const lowest = Math.min(...sizes);
  return [
    ...(new Set(sizes).size > 1 ? [`the MTUs differ: ${mtus}`] : []),
    ...(Math.max(...sizes) > nativeXdpMtu
      ? [`an MTU above ${nativeXdpMtu} keeps native XDP off most drivers: ${mtus}`]
      : []),
    ...(wants.usesUdp && lowest < udpMtu
      ? [`UDP variants need MTU ${udpMtu} at all ends, and are skipped: ${mtus}`]
      : []),
  ];
}
