/** The path `xdp`: eBPF at the driver's hook, with the frame kept in the kernel or handed to user space. */
import { explain, type OpenPath, type Path, type PortSpec, type Support } from "@iopath/contract";
import { openAfXdp } from "./af-xdp.ts";
import { openAttachedXdp, openDevmapXdp, openTrafficControl } from "./attached.ts";

type Open = (ports: readonly [PortSpec, PortSpec]) => OpenPath;

const opens: Record<string, Open> = {
  native: (ports) => openAttachedXdp(ports, "native"),
  "native-devmap": openDevmapXdp,
  generic: (ports) => openAttachedXdp(ports, "generic"),
  tc: (ports) => openTrafficControl(ports),
  "af-xdp": (ports) => openAfXdp(ports, "native"),
};

export const xdp: Path = {
  name: "xdp",
  variants: [
    {
      name: "native",
      kind: "attached",
      carrier: "ethernet",
      summary: "XDP program in the driver, bpf_redirect to the egress",
    },
    {
      name: "native-devmap",
      kind: "attached",
      carrier: "ethernet",
      summary: "the same program, bpf_redirect_map through a DEVMAP to the egress",
    },
    {
      name: "generic",
      kind: "attached",
      carrier: "ethernet",
      summary: "the same program in the kernel's generic hook, for any driver",
    },
    {
      name: "tc",
      kind: "attached",
      carrier: "ethernet",
      summary: "the same workload at the ingress hook of traffic control, on socket buffers",
    },
    {
      name: "af-xdp",
      kind: "polled",
      carrier: "ethernet",
      summary: "AF_XDP rings in user space, one shared UMEM, copy mode",
    },
  ],

  probe(variant, ports): Support {
    try {
      this.open(variant, ports, { burst: 1 })[Symbol.dispose]();
      return { ok: true };
    } catch (error) {
      const remedy =
        "run as root (CAP_BPF, CAP_NET_ADMIN) on Linux 5.11 or newer, with CONFIG_XDP_SOCKETS for " +
        "af-xdp and a driver with native XDP for native and af-xdp";
      return { ok: false, missing: explain(error), remedy };
    }
  },

  open: (variant, ports) => opens[variant]!(ports),
};
