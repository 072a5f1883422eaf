/**
 * The path `userspace-pmd`: DPDK's poll-mode drivers, driven from TypeScript without a line of C.
 */
import {
  type Path,
  type PolledPath,
  type PortSpec,
  probeByOpening,
  type Support,
} from "@iopath/contract";
import { makeAfPacket, makeAfXdp, makeRings, makeTaps, makeVirtio } from "./devices.ts";
import type { PageKind } from "./eal.ts";
import { openMemifFarEnds } from "./far-ends.ts";
import { makeMemif, makeMemifApart } from "./memif.ts";
import { type MakeDevices, openDevices, openNull, openPci } from "./pmd-path.ts";
import type { PoolOptions } from "./pool.ts";
import { hasTeams, openMember, openShared } from "./team.ts";

type Ports = readonly [PortSpec, PortSpec];
type Open = (ports: Ports) => PolledPath;

interface PmdVariant {
  readonly summary: string;
  readonly standIn?: string;
  readonly open: Open;
  /** With the tester in another process, which they meet at a name. */
  readonly openApart?: (ports: Ports, meetingAt: string) => PolledPath;
}

/** Rows with these are no cost of I/O: nothing leaves the process, and the kernel does nothing. */
const noDevice = "no device and no wire: frames appear and vanish at no cost";
const memoryWire = "no device: the wire is memory, and the tester is in the same process";

function devices(
  summary: string,
  pages: PageKind,
  makeDevices: MakeDevices,
  options?: PoolOptions,
): PmdVariant {
  return { summary, open: (ports) => openDevices(ports, pages, makeDevices, options) };
}

function memif(summary: string, pages: PageKind): PmdVariant {
  return {
    ...devices(summary, pages, makeMemif),
    standIn: memoryWire,
    openApart: (ports, meetingAt) => openDevices(ports, pages, makeMemifApart(meetingAt)),
  };
}

const variants: Record<string, PmdVariant> = {
  "net-null": {
    summary: "no device at all: the ceiling of the loop; memory in ordinary pages",
    standIn: noDevice,
    open: () => openNull("ordinary"),
  },
  "net-null-huge": {
    summary: "the same in hugepages",
    standIn: noDevice,
    open: () => openNull("huge"),
  },
  ring: {
    ...devices("rings in memory between tester and forwarder", "ordinary", makeRings),
    standIn: memoryWire,
  },
  "ring-huge": { ...devices("the same in hugepages", "huge", makeRings), standIn: memoryWire },
  memif: memif("memif, shared memory between two parties", "ordinary"),
  "memif-huge": memif("the same in hugepages", "huge"),
  "af-packet": devices("DPDK's driver on AF_PACKET rings", "ordinary", makeAfPacket),
  "af-xdp": devices("DPDK's driver on AF_XDP sockets, copy mode", "ordinary", makeAfXdp),
  tap: devices("DPDK's driver on tap interfaces of its own", "ordinary", makeTaps),
  "virtio-user": {
    // The host's side maps DPDK's own memory, by its descriptors, and no other.
    ...devices("virtio against vhost-user, as in a guest", "ordinary", makeVirtio, {
      inOwnMemory: true,
    }),
    standIn: memoryWire,
  },
  pci: {
    summary: "real ports by PCI address, on vfio-pci, in hugepages",
    open: (ports) => openPci(ports, "huge"),
  },
};

/** Those whose frames come and go by the wires of the place. */
const onWires = ["af-packet", "af-xdp", "pci"];

/** Of the packet sockets under it, and of the fanout group that the driver puts them into. */
const afPacketDeviations = [
  ...["gathers-fragments", "drops-tagged-runts", "sees-outgoing", "renames-tags"],
  "hands-over-late",
] as const;

const usualRemedy = "run as root on a machine with DPDK";

export const userspacePmd: Path = {
  name: "userspace-pmd",
  variants: Object.entries(variants).map(([name, { summary, standIn, openApart }]) => ({
    name,
    kind: "polled",
    carrier: "ethernet",
    summary,
    ...(standIn ? { standIn } : {}),
    ...(name === "af-xdp" ? { takesOneQueue: true } : {}),
    ...(name === "af-packet" ? { deviations: afPacketDeviations } : {}),
    ...(onWires.includes(name) ? {} : { ownTesters: true }),
    ...(openApart ? { farEnds: true } : {}),
    ...(hasTeams(name) ? { severalQueues: true, workersAreThreads: true } : {}),
  })),

  probe(variant, ports, workload): Support {
    return probeByOpening(this, variant, ports, workload, usualRemedy);
  },

  open(variant, ports, { team, meetingAt }) {
    if (team) return openMember(variant, ports[0].queue, team.sharedId);
    const { open, openApart } = variants[variant]!;
    return meetingAt === undefined ? open(ports) : openApart!(ports, meetingAt);
  },
  openShared,
  openFarEnds: (_variant, meetingAt, burst) => openMemifFarEnds(meetingAt, burst),
};
