/**
 * Several forwarders on the queues of the same two ports. DPDK runs once a process, so they are threads of
 * one: the first makes ports and pools, and whoever forwards on a queue finds them by name. Each queue has
 * a pool of its own, so that no two threads take from the same one.
 *
 *     thread 0   pool 0 → queue 0 of the ingress → workload → queue 0 of the egress → pool 0
 *     thread 1   pool 1 → queue 1 of the ingress → workload → queue 1 of the egress → pool 1
 */
import { frameBytesMin, memoryBytes, type SharedPart } from "@iopath/contract";
import { Device } from "./device.ts";
import { deviceTesters } from "./device-testers.ts";
import { joinEal, type PageKind, startEal } from "./eal.ts";
import { NullDevices, nullTesters } from "./null-device.ts";
import { closePool, drain, type OpenedPmd, openLists, PmdPath } from "./opened.ts";
import { nullPoolMbufs } from "./pmd-path.ts";
import { MbufList, Pool } from "./pool.ts";
import { Port } from "./port.ts";
import { PmdEgress, PmdIngress } from "./ports.ts";
import { selfTest } from "./self-test.ts";

/** A variant whose ports are DPDK's alone. */
interface TeamWay {
  readonly driver: "net_null" | "net_ring";
  readonly pages: PageKind;
}

const ways: Record<string, TeamWay> = {
  null: { driver: "net_null", pages: "ordinary" },
  "null-huge": { driver: "net_null", pages: "huge" },
  ring: { driver: "net_ring", pages: "ordinary" },
  "ring-huge": { driver: "net_ring", pages: "huge" },
};

export function hasTeams(variant: string): boolean {
  return variant in ways;
}

/** Of a ring's queue: a dozen of such pools fit into the hugepages that DPDK is given. */
const ringPoolMbufs = 2047;

const portName = (driver: string, role: "ingress" | "egress") => `${driver}_${role}`;
const poolName = (queue: number) => `iopath-queue${queue}`;

/**
 * Makes the ports and pools of all.
 *
 * @param frameBytes of the frames to come, which the null driver wants to know
 * @throws IopathError with DPDK's words, where a driver has fewer queues
 */
export function openShared(
  variant: string,
  workers: number,
  frameBytes: number = frameBytesMin,
): SharedPart {
  using opening = new DisposableStack();
  const { driver, pages } = ways[variant]!;
  const eal = startEal(pages);
  selfTest(eal);
  const size = driver === "net_null" ? nullPoolMbufs : ringPoolMbufs;
  const pools = Array.from({ length: workers }, (_, queue) => {
    const pool = Pool.create(eal, size, { name: poolName(queue) });
    opening.defer(() => closePool(pool));
    return pool;
  });
  const list = opening.use(new MbufList(256, pools[0]!.high));
  for (const role of ["ingress", "egress"] as const) {
    const own = { name: portName(driver, role), pool: pools };
    const remedy = `measure with fewer than ${workers} workers: each takes a queue`;
    const told = driver === "net_null" ? { arguments: `size=${memoryBytes(frameBytes)}` } : {};
    const options = { ...own, remedy, ...told };
    const device = opening.use(new Device(eal, options));
    if (driver === "net_null") continue; // it would make frames as long as it is asked
    opening.defer(() => {
      for (const [queue, pool] of pools.entries()) drain(device, queue, pool, list);
    });
  }
  const resources = opening.move();
  return { id: process.pid, [Symbol.dispose]: () => resources.dispose() };
}

/** A forwarder and its tester on one queue of the ports that this process has; in any thread of it. */
export function openMember(variant: string, queue: number): OpenedPmd {
  using opening = new DisposableStack();
  const { driver, pages } = ways[variant]!;
  const { eal } = opening.use(joinEal(pages));
  const pool = Pool.find(eal, poolName(queue));
  const lists = openLists(pool, opening);
  const from = Port.find(eal, portName(driver, "ingress"));
  const to = Port.find(eal, portName(driver, "egress"));
  const { freeBulk } = eal.dpdk;
  if (driver === "net_ring") {
    const ingress = new PmdIngress(from, queue, pool, lists[0]);
    const egress = new PmdEgress({ device: to, queue, pool, lists, freeBulk, ingress });
    const testers = deviceTesters(pool, from, to, queue);
    return new PmdPath({ pool, ingress, egress, testers, resources: opening.move() });
  }
  const device = new NullDevices({ source: from, sink: to, queue, pool, list: lists[0] });
  const ingress = new PmdIngress(device, queue, pool, lists[0]);
  const egress = new PmdEgress({ device, queue, pool, lists, freeBulk, ingress });
  const testers = nullTesters(pool, device, egress, () => from);
  return new PmdPath({ pool, ingress, egress, testers, resources: opening.move() });
}
