/** The path `kernel-sockets`: what a program gets from the kernel's socket API alone. */
import {
  type OpenOptions,
  type OpenPath,
  type Path,
  type PolledPath,
  type PortSpec,
  probeByOpening,
  type Support,
  type Team,
} from "@iopath/contract";
import { openDgramPath } from "./dgram-path.ts";
import { dropBehind } from "./ingress-drop.ts";
import { openIoUringPath } from "./io-uring-path.ts";
import { openIpForward } from "./ip-forward.ts";
import { openPacketPath, openUdpPath } from "./message-path.ts";
import { openBlockRingPath, openPacketRingPath } from "./packet-ring.ts";
import { openSegmentPath } from "./segment-path.ts";
import type { TaggedFrames } from "./vlan-filter.ts";

type Open = (ports: readonly [PortSpec, PortSpec], options: OpenOptions) => OpenPath;

const polled =
  (
    open: (
      ports: readonly [PortSpec, PortSpec],
      burst: number,
      team: Team | undefined,
      tagged: TaggedFrames,
    ) => OpenPath,
  ): Open =>
  (ports, { burst, team, workload }) =>
    open(ports, burst, team, workload.forwardsTagged ? "dropped" : "marked");

/** Of one worker: a second one would drop what the first one's hook has dropped already. */
const droppedBehind =
  (open: Open): Open =>
  (ports, options) =>
    dropBehind(ports, (own) => open(own, options) as PolledPath);

const opens: Record<string, Open> = {
  "packet-mmsg": polled(openPacketPath),
  "packet-mmsg-drop": droppedBehind(polled(openPacketPath)),
  "packet-ring": polled(openPacketRingPath),
  "packet-ring-drop": droppedBehind(polled(openPacketRingPath)),
  "packet-ring-v3": polled(openBlockRingPath),
  "io-uring": polled(openIoUringPath),
  "udp-mmsg": polled(openUdpPath),
  "udp-gso": polled(openSegmentPath),
  "node-dgram": openDgramPath,
  "ip-forward": openIpForward,
};

const remedyRoot = "run as root, or with CAP_NET_RAW and CAP_NET_ADMIN";
const remedyDrop =
  "run as root, or with CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF, on Linux 6.6 or newer or with tc(8), " +
  "and a port without a clsact of its own";
const remedies: Record<string, string> = {
  "packet-ring": `${remedyRoot}, on a kernel with CONFIG_PACKET`,
  "packet-mmsg-drop": remedyDrop,
  "packet-ring-drop": remedyDrop,
  "io-uring": `${remedyRoot}, on Linux 6.1 or newer with CONFIG_IO_URING`,
  "udp-gso":
    "run as root (CAP_NET_ADMIN, and CAP_SYS_ADMIN to reach the device's settings), on Linux 5.13 " +
    "or newer with CONFIG_NET_RX_BUSY_POLL",
  "node-dgram": "name ports that have IPv4 addresses, and no other program on UDP port 8192",
  "ip-forward":
    "run as root (CAP_NET_ADMIN) on a kernel with CONFIG_INET, and ports without a route to " +
    "198.19.0.0/16 of their own",
};

export const kernelSockets: Path = {
  name: "kernel-sockets",
  variants: [
    {
      name: "packet-mmsg",
      kind: "polled",
      carrier: "ethernet",
      summary: "AF_PACKET, recvmmsg and sendmmsg, past the queueing discipline",
      deviations: ["drops-tagged-runts", "drops-tagged", "hands-over-late"],
      severalQueues: true,
    },
    {
      name: "packet-mmsg-drop",
      kind: "polled",
      carrier: "ethernet",
      summary:
        "packet-mmsg, its frames dropped behind the socket (tc ingress), before the IP stack",
      deviations: ["drops-tagged-runts", "drops-tagged"],
    },
    {
      name: "packet-ring",
      kind: "polled",
      carrier: "ethernet",
      summary: "AF_PACKET, frames in rings shared with the kernel (PACKET_MMAP, TPACKET_V2)",
      deviations: ["drops-tagged-runts", "hands-over-late"],
      severalQueues: true,
    },
    {
      name: "packet-ring-drop",
      kind: "polled",
      carrier: "ethernet",
      summary:
        "packet-ring, its frames dropped behind the socket (tc ingress), before the IP stack",
      deviations: ["drops-tagged-runts"],
    },
    {
      name: "packet-ring-v3",
      kind: "polled",
      carrier: "ethernet",
      summary: "packet-ring whose receive ring hands over whole blocks (TPACKET_V3, 1 ms)",
      deviations: ["drops-tagged-runts", "hands-over-late"],
      severalQueues: true,
    },
    {
      name: "io-uring",
      kind: "polled",
      carrier: "ethernet",
      summary: "AF_PACKET through io_uring: multishot receive, provided buffers, batched sends",
      deviations: ["drops-tagged-runts", "drops-tagged", "hands-over-late"],
      severalQueues: true,
    },
    {
      name: "udp-mmsg",
      kind: "polled",
      carrier: "udp",
      summary: "UDP sockets, recvmmsg and sendmmsg, the frame as payload",
      severalQueues: true,
    },
    {
      name: "udp-gso",
      kind: "polled",
      carrier: "udp",
      summary: "UDP sockets, datagrams merged and cut by the kernel (UDP_GRO, UDP_SEGMENT)",
    },
    {
      name: "node-dgram",
      kind: "attached",
      carrier: "udp",
      summary: "UDP as most Node programs have it: node:dgram, one callback a datagram",
    },
    {
      name: "ip-forward",
      kind: "attached",
      carrier: "ethernet",
      summary: "the kernel's own router (net.ipv4.ip_forward), no program of ours",
      deviations: [
        ...["verifies-checksum", "cuts-padding", "takes-priority-tags"],
        ...["routes-by-address", "acts-on-options", "answers"],
      ] as const,
      workloads: ["ipv4-forward"],
      severalQueues: true,
    },
  ],

  probe(variant, ports, workload): Support {
    return probeByOpening(this, variant, ports, workload, remedies[variant] ?? remedyRoot);
  },

  open: (variant, ports, options) => opens[variant]!(ports, options),
};
