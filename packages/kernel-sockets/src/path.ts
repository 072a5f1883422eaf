/** The path `kernel-sockets`: what a program gets from the kernel's socket API alone. */
import { explain, type Path, type PolledPath, type PortSpec, type Support } from "@iopath/contract";
import { openIoUringPath } from "./io-uring-path.ts";
import { openPacketPath, openUdpPath } from "./message-path.ts";
import { openPacketRingPath } from "./packet-ring.ts";
import { openSegmentPath } from "./segment-path.ts";

type Open = (ports: readonly [PortSpec, PortSpec], burst: number) => PolledPath;

const opens: Record<string, Open> = {
  "packet-mmsg": openPacketPath,
  "packet-ring": openPacketRingPath,
  "io-uring": openIoUringPath,
  "udp-mmsg": openUdpPath,
  "udp-gso": openSegmentPath,
};

const remedyRoot = "run as root, or with CAP_NET_RAW and CAP_NET_ADMIN";
const remedies: Record<string, string> = {
  "packet-ring": `${remedyRoot}, on a kernel with CONFIG_PACKET`,
  "io-uring":
    `${remedyRoot}, on Linux 6.1 or newer with CONFIG_IO_URING, and where ` +
    "`sysctl kernel.io_uring_disabled` is 0",
  "udp-gso":
    "run as root (CAP_NET_ADMIN, and CAP_SYS_ADMIN to reach the device's settings), on Linux 5.13 " +
    "or newer with CONFIG_NET_RX_BUSY_POLL",
};

export const kernelSockets: Path = {
  name: "kernel-sockets",
  variants: [
    {
      name: "packet-mmsg",
      kind: "polled",
      carrier: "ethernet",
      summary: "AF_PACKET, recvmmsg and sendmmsg, past the queueing discipline",
    },
    {
      name: "packet-ring",
      kind: "polled",
      carrier: "ethernet",
      summary: "AF_PACKET, frames in rings shared with the kernel (PACKET_MMAP, TPACKET_V2)",
    },
    {
      name: "io-uring",
      kind: "polled",
      carrier: "ethernet",
      summary: "AF_PACKET through io_uring: multishot receive, provided buffers, batched sends",
    },
    {
      name: "udp-mmsg",
      kind: "polled",
      carrier: "udp",
      summary: "UDP sockets, recvmmsg and sendmmsg, the frame as payload",
    },
    {
      name: "udp-gso",
      kind: "polled",
      carrier: "udp",
      summary: "UDP sockets, datagrams merged and cut by the kernel (UDP_GRO, UDP_SEGMENT)",
    },
  ],

  probe(variant, ports): Support {
    try {
      this.open(variant, ports, { burst: 1 })[Symbol.dispose]();
      return { ok: true };
    } catch (error) {
      return { ok: false, missing: explain(error), remedy: remedies[variant] ?? remedyRoot };
    }
  },

  open: (variant, ports, { burst }) => opens[variant]!(ports, burst),
};
