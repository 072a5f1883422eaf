/** The path `kernel-sockets`: what a program gets from the kernel's socket API alone. */
import { explain, type Path, type PolledPath, type PortSpec, type Support } from "@iopath/contract";
import { openIoUringPath } from "./io-uring-path.ts";
import { openPacketPath, openUdpPath } from "./message-path.ts";
import { openPacketRingPath } from "./packet-ring.ts";

type Open = (ports: readonly [PortSpec, PortSpec], burst: number) => PolledPath;

const opens: Record<string, Open> = {
  "packet-mmsg": openPacketPath,
  "packet-ring": openPacketRingPath,
  "io-uring": openIoUringPath,
  "udp-mmsg": openUdpPath,
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
  ],

  probe(variant, ports): Support {
    try {
      this.open(variant, ports, { burst: 1 })[Symbol.dispose]();
      return { ok: true };
    } catch (error) {
      const remedy = "run as root, or with CAP_NET_RAW and CAP_NET_ADMIN";
      return { ok: false, missing: explain(error), remedy };
    }
  },

  open: (variant, ports, { burst }) => opens[variant]!(ports, burst),
};
