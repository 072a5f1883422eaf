/**
 * The path `sriov-vf`: a virtual function of a card, by the kernel's driver or by one of our own.
 */
import {
  type OpenOptions,
  type OpenPath,
  type Path,
  type PortSpec,
  probeByOpening,
  type Support,
} from "@iopath/contract";
import { openPci } from "@iopath/userspace-pmd";
import { openAfXdpOnVf, openPacketMmsg, openPacketMmsgDrop } from "./netdev-path.ts";
import { openVfio } from "./vfio-path.ts";

type Open = (ports: readonly [PortSpec, PortSpec], options: OpenOptions) => OpenPath;

const opens: Record<string, Open> = {
  "packet-mmsg": openPacketMmsg,
  "packet-mmsg-drop": openPacketMmsgDrop,
  "af-xdp": openAfXdpOnVf,
  vfio: openVfio,
  dpdk: (ports) => openPci(ports, "ordinary"),
};

const usualRemedy = "run in the guest (`--place guest`), or on a card with SR-IOV, as root";

export const sriovVf: Path = {
  name: "sriov-vf",
  variants: [
    {
      name: "packet-mmsg",
      kind: "polled",
      carrier: "ethernet",
      lab: "card",
      summary: "AF_PACKET on the function's network device",
      deviations: ["drops-tagged-runts", "drops-tagged", "hands-over-late"],
    },
    {
      name: "packet-mmsg-drop",
      kind: "polled",
      carrier: "ethernet",
      lab: "card",
      summary:
        "packet-mmsg, its frames dropped behind the socket (tc ingress), before the IP stack",
      deviations: ["drops-tagged-runts", "drops-tagged"],
    },
    {
      name: "af-xdp",
      kind: "polled",
      carrier: "ethernet",
      lab: "card",
      summary: "AF_XDP on the function's network device, native where its driver has it",
      takesOneQueue: true,
    },
    {
      name: "vfio",
      kind: "polled",
      carrier: "ethernet",
      lab: "card",
      summary: "a driver for the 82576's virtual function in TypeScript, over VFIO",
    },
    {
      name: "dpdk",
      kind: "polled",
      carrier: "ethernet",
      lab: "card",
      summary: "DPDK's driver of the function, over VFIO; memory in ordinary pages",
    },
  ],

  probe(variant, ports, workload): Support {
    return probeByOpening(this, variant, ports, workload, usualRemedy);
  },

  open: (variant, ports, options) => opens[variant]!(ports, options),
};
