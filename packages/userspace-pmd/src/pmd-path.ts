/** What every variant opens: a pool, two devices, and the two ports on them. */
import {
  ExitStatus,
  frameBytesMin,
  IopathError,
  memoryBytes,
  type OwnTesters,
  type PortSpec,
} from "@iopath/contract";
import { poll } from "@iopath/lab";
import { Device } from "./device.ts";
import { type Eal, type PageKind, startEal } from "./eal.ts";
import { NamespaceVisit } from "./namespace-visit.ts";
import { NullDevices, nullTesters } from "./null-device.ts";
import { closePool, drain, type Lists, type OpenedPmd, openLists, PmdPath } from "./opened.ts";
import { pciAddressOf, takeCard } from "./pci.ts";
import type { PoolOptions } from "./pool.ts";
import { Pool } from "./pool.ts";
import { PmdEgress, PmdIngress } from "./ports.ts";
import { selfTest } from "./self-test.ts";

/** Powers of two less one are what a mempool wastes least with. */
const poolMbufs = 8191;
const ringEntries = 1024;
/**
 * So many that the core's cache never starves the driver, and few enough to stay in the CPU's
 * cache.
 */
export const nullPoolMbufs = 1023;

/** Everything but the devices. */
interface Bench {
  readonly visit: NamespaceVisit;
  readonly eal: Eal;
  readonly pool: Pool;
  readonly lists: Lists;
}

function openBench(
  resources: DisposableStack,
  eal: Eal,
  mbufs: number,
  options: PoolOptions = {},
): Bench {
  selfTest(eal);
  const visit = resources.use(new NamespaceVisit());
  const pool = Pool.create(eal, mbufs, options);
  resources.defer(() => closePool(pool));
  return { visit, eal, pool, lists: openLists(pool, resources) };
}

/** What a variant makes: the forwarder's two devices and, where nobody else can, the tester's. */
interface Devices {
  readonly ingress: Device;
  readonly egress: Device;
  readonly testers?: OwnTesters;
  /** The driver gives back neither its empty mbufs nor those sent last, up to a ring of them. */
  readonly keepsPosted?: boolean;
}

export type MakeDevices = (
  make: (driver: string, args?: string, remedy?: string) => Device,
  pool: Pool,
  ports: readonly [PortSpec, PortSpec],
  resources: DisposableStack,
) => Devices;

export function openDevices(
  ports: readonly [PortSpec, PortSpec],
  pages: PageKind,
  makeDevices: MakeDevices,
  options: PoolOptions = {},
): OpenedPmd {
  using opening = new DisposableStack();
  const bench = openBench(opening, startEal(pages), poolMbufs, options);
  const { eal, pool } = bench;
  const make = (driver: string, args?: string, remedy?: string) => {
    const device = new Device(eal, {
      driver,
      pool,
      ...(args === undefined ? {} : { arguments: args }),
      ...(remedy === undefined ? {} : { remedy }),
    });
    opening.use(device);
    return device;
  };
  return joinDevices(opening, bench, makeDevices(make, pool, ports, opening));
}

function joinDevices(opening: DisposableStack, bench: Bench, devices: Devices): OpenedPmd {
  const { visit, eal, pool, lists } = bench;
  opening.defer(() => visit.enter());
  if (devices.keepsPosted) pool.forfeited = pool.size - pool.available() + ringEntries;
  for (const device of [devices.ingress, devices.egress]) {
    opening.defer(() => drain(device, 0, pool, lists.received.list));
  }
  const ingress = new PmdIngress(devices.ingress, 0, lists.received);
  const { freeBulk } = eal.dpdk;
  const device = devices.egress;
  const egress = new PmdEgress({ device, queue: 0, ...lists, freeBulk });
  const { testers } = devices;
  const parts = { received: lists.received, ingress, egress, ...(testers ? { testers } : {}) };
  return new PmdPath({ ...parts, resources: opening.move() });
}

/**
 * Real ports, taken from the driver that has them, bound to vfio-pci, and given back; of
 * those that DPDK drives beside the kernel no driver is changed. Tried on the functions of an
 * emulated 82576; on hardware not yet by us.
 */
export function openPci(ports: readonly [PortSpec, PortSpec], pages: PageKind): OpenedPmd {
  const addresses = ports.map(pciAddressOf);
  using opening = new DisposableStack();
  for (const address of addresses) opening.use(takeCard(address));
  const bench = openBench(opening, startEal(pages, addresses), poolMbufs, {
    forHardware: true,
  });
  const [ingress, egress] = addresses.map((pci) =>
    opening.use(new Device(bench.eal, { pci, pool: bench.pool })),
  ) as [Device, Device];
  for (const device of [ingress, egress]) awaitLink(device);
  return joinDevices(opening, bench, { ingress, egress });
}

const linkLimitMs = 30_000;

/** @throws IopathError without a link after half a minute */
export function awaitLink(device: Device): void {
  if (poll(linkLimitMs, 20, () => device.isUp() || undefined)) return;
  const message = `${device.name} has no link after ${linkLimitMs / 1000} s`;
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy: "plug a cable in, or see that the port at the other end is up",
  });
}

export function openNull(pages: PageKind): OpenedPmd {
  using opening = new DisposableStack();
  const { eal, pool, lists } = openBench(opening, startEal(pages), nullPoolMbufs);
  const sources = opening.use(new DisposableStack());
  const openSource = (bytes: number) =>
    sources.use(new Device(eal, { driver: "net_null", arguments: `size=${bytes}`, pool }));
  const source = openSource(memoryBytes(frameBytesMin));
  const sink = opening.use(new Device(eal, { driver: "net_null", pool }));
  const device = new NullDevices({ source, sink, pool, list: lists.received.list });
  const ingress = new PmdIngress(device, 0, lists.received);
  const { freeBulk } = eal.dpdk;
  const egress = new PmdEgress({ device, queue: 0, ...lists, freeBulk });
  const testers = nullTesters(pool, device, egress, openSource);
  const { received } = lists;
  return new PmdPath({ received, ingress, egress, testers, resources: opening.move() });
}
