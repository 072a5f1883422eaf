/**
 * Variant `ip-forward`: the kernel's own router. Routing is on for the ingress alone, with a route
 * to the tester's destinations; no code of iopath sees a frame. The variant declares how the
 * router differs from the workload. The kernel counts drops by its own reasons, hence one number.
 */
import { readFileSync } from "node:fs";
import {
  type AttachedPath,
  type Counters,
  type DropCounts,
  ExitStatus,
  IopathError,
  newDropCounts,
  type OpenOptions,
  type PortSpec,
} from "@iopath/contract";
import {
  addUntilDisposed,
  changeSysctl,
  deviceTowards,
  knowNeighbour,
  strayDevices,
} from "@iopath/lab";
import { HeldNamespace } from "@iopath/native";

/** Where the destinations of test frames lie: the upper half of RFC 2544's addresses, C.2.2. */
const destinations = "198.19.0.0/16";
/**
 * For a next hop of which only the MAC is known: link-local, used by nobody else on a tester's
 * wire.
 */
const standInAddress = "169.254.19.1";
/** Where their sources lie, and such an address for their sender. */
const sources = "198.18.0.0/16";
const firstSource = "198.18.0.1";
const standInSender = "169.254.18.1";
/** Of a sender that is elsewhere. */
const unknownMac = "00:00:00:00:00:00";
/**
 * Values of rp_filter (Documentation/networking/ip-sysctl.rst): a source must have a route, any
 * route.
 */
const strict = "1";
const loose = "2";

class IpForwardPath implements AttachedPath {
  readonly kind = "attached";
  readonly #namespace: HeldNamespace;
  readonly #devices: readonly [string, string];
  readonly #before: RouterCounts;
  /** All 0: the router gives no reasons. */
  readonly #dropped: DropCounts;
  readonly #resources: DisposableStack;

  constructor(
    namespace: HeldNamespace,
    devices: readonly [string, string],
    dropped: DropCounts,
    resources: DisposableStack,
  ) {
    this.#namespace = namespace;
    this.#devices = devices;
    this.#before = readCounts(devices);
    this.#dropped = dropped;
    this.#resources = resources;
  }

  /** Of the ingress, and of the whole namespace's router. */
  counters(): Counters {
    const now = this.#namespace.within(() => readCounts(this.#devices));
    const received = now.received - this.#before.received;
    const forwarded = now.forwarded - this.#before.forwarded;
    const unsent = now.refused - this.#before.refused;
    const droppedUntold = Math.max(0, received - forwarded);
    return { received, sent: forwarded - unsent, unsent, dropped: this.#dropped, droppedUntold };
  }

  [Symbol.dispose](): void {
    this.#resources.dispose();
  }
}

export function openIpForward(
  [from, to]: readonly [PortSpec, PortSpec],
  { workload }: Pick<OpenOptions, "workload">,
): AttachedPath {
  using opening = new DisposableStack();
  const namespace = opening.use(new HeldNamespace());
  const nextHop = to.neighbor.ipv4 || standInAddress;
  opening.use(knowNeighbour(to.device, { ...to.neighbor, ipv4: nextHop }));
  const route = [destinations, "via", nextHop, "dev", to.device, "onlink"];
  opening.use(addUntilDisposed("ip", ["route", "add", ...route], ["route", "delete", ...route]));
  opening.use(leadAnswersBack(from, to));
  opening.use(acceptAnySource(from.device));
  opening.use(changeSysctl(`ipv4/conf/${from.device}/forwarding`, "1"));
  refuseStrays(from, to);
  return new IpForwardPath(
    namespace,
    [from.device, to.device],
    newDropCounts(workload),
    opening.move(),
  );
}

/**
 * Where a default route leads elsewhere, the router's answers to sources of test frames would leave
 * by it. They go back to the tester instead, where there is one.
 */
function leadAnswersBack({ device, neighbor }: PortSpec, to: PortSpec): Disposable {
  using opening = new DisposableStack();
  const towards = deviceTowards(firstSource);
  const isAstray = towards !== undefined && ![device, to.device].includes(towards);
  if (isAstray && neighbor.mac !== unknownMac) {
    const nextHop = neighbor.ipv4 || standInSender;
    opening.use(knowNeighbour(device, { ...neighbor, ipv4: nextHop }));
    const route = [sources, "via", nextHop, "dev", device, "onlink"];
    opening.use(addUntilDisposed("ip", ["route", "add", ...route], ["route", "delete", ...route]));
  }
  return opening.move();
}

/** @throws IopathError, exit status 8, where more special routes or rules lead elsewhere */
function refuseStrays(from: PortSpec, to: PortSpec): void {
  if (from.neighbor.mac === unknownMac) return; // frames of a network, not of a tester
  const [stray] = strayDevices([from.device, to.device]);
  if (stray === undefined) return;
  throw new IopathError(
    ExitStatus.refused,
    `the kernel's routes would send test frames, or answers to them, out of ${stray}`,
    { remedy: "`ip route show table all` and `ip rule` show routes to 198.18.0.0/15: remove them" },
  );
}

/**
 * The way back to a test frame's source leads elsewhere, or nowhere; the kernel takes the stricter
 * of two.
 */
function acceptAnySource(device: string): Disposable {
  const setting = (name: string) => `ipv4/conf/${name}/rp_filter`;
  const values = ["all", device].map((name) =>
    readFileSync(`/proc/sys/net/${setting(name)}`, "utf8").trim(),
  );
  if (!values.includes(strict) || values.includes(loose)) return { [Symbol.dispose]: () => {} };
  return changeSysctl(setting(device), loose);
}

interface RouterCounts {
  /** Frames that came in by the ingress. */
  readonly received: number;
  /** Packets that the router sent on their way. */
  readonly forwarded: number;
  /** Frames that the egress device did not take. */
  readonly refused: number;
}

/** Of the calling thread's namespace. */
function readCounts([ingress, egress]: readonly [string, string]): RouterCounts {
  const devices = readFileSync("/proc/thread-self/net/dev", "utf8");
  return {
    received: deviceCounts(devices, ingress)[receivedPackets]!,
    forwarded: readForwarded(),
    refused: deviceCounts(devices, egress)[droppedOnTransmit]!,
  };
}

/** Columns of /proc/net/dev behind the name: 8 of receive (bytes, packets, ...), 8 of transmit. */
const receivedPackets = 1;
const droppedOnTransmit = 11;

function deviceCounts(text: string, device: string): number[] {
  const line = text.split("\n").find((candidate) => candidate.trim().startsWith(`${device}:`));
  return (line ?? "")
    .slice((line ?? "").indexOf(":") + 1)
    .trim()
    .split(/\s+/)
    .map(Number);
}

/**
 * ForwDatagrams of the two lines "Ip:" in /proc/net/snmp, RFC 4293 ipSystemStatsOutForwDatagrams.
 */
function readForwarded(): number {
  const lines = readFileSync("/proc/thread-self/net/snmp", "utf8").split("\n");
  const [names = [], values = []] = lines
    .filter((line) => line.startsWith("Ip:"))
    .map((line) => line.split(" "));
  return Number(values[names.indexOf("ForwDatagrams")]);
}
