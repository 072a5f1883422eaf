/**
 * Closed loops that a forwarder in C, one in TypeScript and dpdk-testpmd can all run: the same
 * devices, the same pages, so many frames going round. What the port `to` sends comes back at
 * `from`; nothing else runs.
 */
import { spawnSync } from "node:child_process";
import type { PageKind } from "@iopath/userspace-pmd";

export interface Loop {
  readonly name: string;
  readonly pages: PageKind;
  /** Driver and arguments, in the order of their port numbers. */
  readonly devices: readonly (readonly [driver: string, args: string])[];
  readonly from: number;
  readonly to: number;
  /** Frames that go round; 0 for a device that makes its own. */
  readonly frames: number;
  /** Ends of a veth pair, in a namespace of their own. */
  readonly veth?: readonly [string, string];
}

const inFlight = 128;
const vethEnds = ["peer0", "peer1"] as const;

const nullDevices = [
  ["net_null", "size=60"],
  ["net_null", "size=60"],
] as const;
/** Both ends are in one process, and another one may be at the same loop. */
const memifSocket = `socket=iopath-peers-${process.pid},socket-abstract=yes`;
const onVeth = (driver: string, args: string) =>
  vethEnds.map((end) => [driver, `iface=${end},${args}`] as const);

export const loops: readonly Loop[] = [
  {
    name: "net-null",
    pages: "ordinary",
    devices: nullDevices,
    from: 0,
    to: 1,
    frames: 0,
  },
  {
    name: "net-null-huge",
    pages: "huge",
    devices: nullDevices,
    from: 0,
    to: 1,
    frames: 0,
  },
  {
    name: "ring",
    pages: "ordinary",
    devices: [["net_ring", ""]],
    from: 0,
    to: 0,
    frames: inFlight,
  },
  {
    name: "memif",
    pages: "ordinary",
    devices: [
      ["net_memif", `role=server,${memifSocket}`],
      ["net_memif", `role=client,${memifSocket}`],
    ],
    from: 0,
    to: 1,
    frames: inFlight,
  },
  {
    name: "af-packet",
    pages: "ordinary",
    devices: onVeth("net_af_packet", "qpairs=1,qdisc_bypass=1"),
    from: 0,
    to: 1,
    frames: inFlight,
    veth: vethEnds,
  },
  {
    name: "af-xdp",
    pages: "ordinary",
    devices: onVeth("net_af_xdp", "start_queue=0,queue_count=1,force_copy=1"),
    from: 0,
    to: 1,
    frames: inFlight,
    veth: vethEnds,
  },
];

/** What gcc needs to build a loop on DPDK; undefined where its headers are not installed. */
export function flagsOfDpdk(): readonly string[] | undefined {
  const { status, stdout } = spawnSync("pkg-config", ["--cflags", "libdpdk"], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const flags = stdout.trim().split(/\s+/);
  // Debian's say -march=corei7, which would take the place of our own.
  return [...flags.filter((flag) => !flag.startsWith("-march")), "-lrte_ethdev", "-lrte_mbuf"];
}

/** Megabytes of memory; in ordinary pages untouched ones are never allocated. */
const memoryMegabytes: Record<PageKind, string> = { ordinary: "256", huge: "64" };

/** As packages/userspace-pmd/src/eal.ts starts DPDK, but for the cores. */
export function ealArguments({ pages, devices }: Loop, cores: string): string[] {
  return [
    ...["-l", cores, "-m", memoryMegabytes[pages]],
    ...(pages === "huge" ? ["--in-memory"] : ["--no-huge", "--no-shconf"]),
    ...["--no-pci", "--no-telemetry", "--log-level=4", `--file-prefix=iopath-${process.pid}`],
    ...devices.map(([driver, args], i) => `--vdev=${driver}${i}${args ? `,${args}` : ""}`),
  ];
}
