/**
 * Several forwarders on the queues of the same two ports. DPDK runs once a process, so they are
 * threads of one: the first makes ports and pools, and each queue's forwarder finds them. Each
 * queue has a pool of its own, so that no two threads take from the same one.
 *
 *     thread 0   pool 0 → queue 0 of the ingress → workload → queue 0 of the egress → pool 0
 *     thread 1   pool 1 → queue 1 of the ingress → workload → queue 1 of the egress → pool 1
 */
import { frameBytesMin, memoryBytes, type PortSpec, type SharedPart } from "@iopath/contract";
import { Device, type DeviceOptions } from "./device.ts";
import { deviceTesters } from "./device-testers.ts";
import { type Eal, joinEal, type PageKind, startEal } from "./eal.ts";
import { MbufList } from "./mbuf-list.ts";
import { NullDevices, nullTesters } from "./null-device.ts";
import { closePool, drain, type OpenedPmd, openLists, PmdPath } from "./opened.ts";
import { pciAddressOf, takeCard } from "./pci.ts";
import { awaitLink, nullPoolMbufs } from "./pmd-path.ts";
import { Pool } from "./pool.ts";
import { Port } from "./port.ts";
import { PmdEgress, PmdIngress } from "./ports.ts";
import { selfTest } from "./self-test.ts";

/** A variant whose ports have several queues: DPDK's own, or those of cards. */
interface TeamVariant {
  readonly driver: "net_null" | "net_ring" | "of the card";
  readonly pages: PageKind;
  /** Of each queue. */
  readonly mbufs: number;
}

/** A dozen of such pools fit into the hugepages that DPDK is given. */
const ringPoolMbufs = 2047;
/** The rings of a queue of both ports, full, and some more. */
const cardPoolMbufs = 4095;

const variants: Record<string, TeamVariant> = {
  "net-null": { driver: "net_null", pages: "ordinary", mbufs: nullPoolMbufs },
  "net-null-huge": { driver: "net_null", pages: "huge", mbufs: nullPoolMbufs },
  ring: { driver: "net_ring", pages: "ordinary", mbufs: ringPoolMbufs },
  "ring-huge": { driver: "net_ring", pages: "huge", mbufs: ringPoolMbufs },
  pci: { driver: "of the card", pages: "huge", mbufs: cardPoolMbufs },
};

export function hasTeams(variant: string): boolean {
  return variant in variants;
}

const poolName = (queue: number) => `iopath-queue${queue}`;

/** DPDK's numbers of two ports, 16 bits each, as one. */
const idOf = (ingress: number, egress: number) => ingress * 2 ** 16 + egress;
const portsOf = (id: number) => [Math.floor(id / 2 ** 16), id % 2 ** 16] as const;

/**
 * Makes the ports and pools of all.
 *
 * @param frameBytes of the frames to come, which the null driver wants to know
 * @throws IopathError with DPDK's words, where a driver has fewer queues
 */
export function openShared(
  variant: string,
  ports: readonly [PortSpec, PortSpec],
  workers: number,
  frameBytes: number = frameBytesMin,
): SharedPart {
  using opening = new DisposableStack();
  const { driver, pages, mbufs } = variants[variant]!;
  const onCards = driver === "of the card";
  const addresses = onCards ? ports.map(pciAddressOf) : [];
  for (const address of addresses) opening.use(takeCard(address));
  const eal = startEal(pages, addresses);
  selfTest(eal);
  const pools = Array.from({ length: workers }, (_, queue) => {
    const pool = Pool.create(eal, mbufs, { name: poolName(queue), forHardware: onCards });
    opening.defer(() => closePool(pool));
    return pool;
  });
  const list = opening.use(new MbufList(256, pools[0]!.high));
  const [ingress, egress] = (["ingress", "egress"] as const).map((role, i) => {
    const made = onCards ? { pci: addresses[i]! } : { name: `${driver}_${role}` };
    const told = driver === "net_null" ? { arguments: `size=${memoryBytes(frameBytes)}` } : {};
    return openDevice(opening, eal, { pool: pools, ...made, ...told }, list);
  }) as [Device, Device];
  if (onCards) for (const device of [ingress, egress]) awaitLink(device);
  const resources = opening.move();
  return { id: idOf(ingress.port, egress.port), [Symbol.dispose]: () => resources.dispose() };
}

/** A device with a queue for each pool, whose queues are emptied before it is taken down. */
function openDevice(
  opening: DisposableStack,
  eal: Eal,
  options: DeviceOptions & { readonly pool: readonly Pool[] },
  list: MbufList,
): Device {
  const { pool: pools, name } = options;
  const remedy = `measure with fewer than ${pools.length} workers: each takes a queue`;
  const device = opening.use(new Device(eal, { ...options, remedy }));
  if (name?.startsWith("net_null")) return device; // it would make frames as long as it is asked
  opening.defer(() => {
    for (const [queue, pool] of pools.entries()) drain(device, queue, pool, list);
  });
  return device;
}

/**
 * A forwarder on one queue of the ports that this process has, and, of DPDK's own ports, its
 * tester; in any thread of it.
 *
 * @param sharedId what the shared part is known by
 */
export function openMember(variant: string, queue: number, sharedId: number): OpenedPmd {
  using opening = new DisposableStack();
  const { driver, pages } = variants[variant]!;
  const { eal } = opening.use(joinEal(pages));
  const pool = opening.use(Pool.find(eal, poolName(queue)));
  const lists = openLists(pool, opening);
  const { received } = lists;
  const [from, to] = portsOf(sharedId).map((number) =>
    opening.use(new Port(eal, number, `port ${number}`)),
  ) as [Port, Port];
  const { freeBulk } = eal.dpdk;
  if (driver !== "net_null") {
    const ingress = new PmdIngress(from, queue, received);
    const egress = new PmdEgress({ device: to, queue, ...lists, freeBulk });
    const own = driver === "net_ring" ? { testers: deviceTesters(pool, from, to, queue) } : {};
    return new PmdPath({ received, ingress, egress, ...own, resources: opening.move() });
  }
  const device = new NullDevices({
    source: from,
    sink: to,
    queue,
    pool,
    list: received.list,
  });
  const ingress = new PmdIngress(device, queue, received);
  const egress = new PmdEgress({ device, queue, ...lists, freeBulk });
  const testers = nullTesters(pool, device, egress, () => from);
  return new PmdPath({ received, ingress, egress, testers, resources: opening.move() });
}
