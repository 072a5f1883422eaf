/**
 * The path `xdp`: eBPF at the driver's hook, with the frame kept in the kernel or handed to user
 * space.
 */
import {
  type Deviation,
  type OpenOptions,
  type OpenPath,
  type Path,
  type PortSpec,
  probeByOpening,
  type Support,
  type Variant,
} from "@iopath/contract";
import type { XdpMode } from "@iopath/native";
import { afXdpDefaults, openAfXdp, redirectToSockets } from "./af-xdp.ts";
import { openAttachedXdp, openDevmapXdp, openTrafficControl, takeRedirected } from "./attached.ts";

interface XdpVariant {
  readonly kind: Variant["kind"];
  readonly summary: string;
  readonly open: (ports: readonly [PortSpec, PortSpec], options: OpenOptions) => OpenPath;
  /** What the variant needs beyond root and a kernel with BPF. */
  readonly needs: string;
  /** Of AF_XDP: where the program runs that the workers of a team share. */
  readonly mode?: XdpMode;
  /** Of AF_XDP: the driver sends by itself, and not before its device has a program. */
  readonly zeroCopy?: boolean;
}

const driver = "a driver with native XDP";
const sockets = "CONFIG_XDP_SOCKETS";

const variants: Record<string, XdpVariant> = {
  native: {
    kind: "attached",
    summary: "XDP program in the driver, bpf_redirect to the egress",
    open: (ports, options) => openAttachedXdp(ports, "native", options),
    needs: `Linux 5.9 and ${driver}`,
  },
  "native-devmap": {
    kind: "attached",
    summary: "the same program, bpf_redirect_map through a DEVMAP to the egress",
    open: openDevmapXdp,
    needs: `Linux 5.9 and ${driver}`,
  },
  generic: {
    kind: "attached",
    summary: "the same program in the kernel's generic hook, for any driver",
    open: (ports, options) => openAttachedXdp(ports, "generic", options),
    needs: "Linux 5.9",
  },
  tc: {
    kind: "attached",
    summary: "the same workload at the ingress hook of traffic control, on socket buffers",
    open: (ports, options) => openTrafficControl(ports, options),
    needs: "Linux 6.6, or 5.2 with CONFIG_NET_CLS_BPF and tc(8)",
  },
  "af-xdp": {
    kind: "polled",
    summary: "AF_XDP rings in user space, one shared UMEM, copy mode",
    open: (ports, { team }) => openAfXdp(ports, afXdpDefaults, team),
    mode: "native",
    needs: `Linux 5.10, ${sockets} and ${driver}`,
  },
  "af-xdp-generic": {
    kind: "polled",
    summary: "af-xdp behind the kernel's generic hook, for any driver",
    open: (ports, { team }) => openAfXdp(ports, { ...afXdpDefaults, mode: "generic" }, team),
    mode: "generic",
    needs: `Linux 5.10 and ${sockets}`,
  },
  "af-xdp-busy-poll": {
    kind: "polled",
    summary: "af-xdp with the device polled from the receiver's own calls",
    open: (ports, { team }) =>
      openAfXdp(ports, { ...afXdpDefaults, busyPoll: true, zeroCopy: "preferred" }, team),
    needs: `Linux 5.11 to 6.12 with ${sockets} and ${driver}, or a driver with AF_XDP zero-copy`,
  },
  "af-xdp-zero-copy": {
    kind: "polled",
    summary: "af-xdp with the driver's rings on the UMEM itself",
    open: (ports, { team }) => openAfXdp(ports, { ...afXdpDefaults, zeroCopy: "required" }, team),
    mode: "native",
    zeroCopy: true,
    needs: `Linux 5.10, ${sockets} and a driver with AF_XDP zero-copy (veth has none)`,
  },
  "af-xdp-budget-32": {
    kind: "polled",
    summary: "af-xdp with the kernel's own limit of 32 frames a kick",
    open: (ports, { team }) =>
      openAfXdp(ports, { ...afXdpDefaults, transmitBudget: undefined }, team),
    mode: "native",
    needs: `Linux 5.10, ${sockets} and ${driver}`,
  },
  "af-xdp-always-kick": {
    kind: "polled",
    summary: "af-xdp without the need-wakeup flag: every burst is kicked",
    open: (ports, { team }) => openAfXdp(ports, { ...afXdpDefaults, needWakeup: false }, team),
    mode: "native",
    needs: `Linux 5.10, ${sockets} and ${driver}`,
  },
};

export const xdp: Path = {
  name: "xdp",
  variants: Object.entries(variants).map(([name, { kind, summary, mode }]) => {
    const severalQueues = kind === "attached" || mode !== undefined;
    const takesOneQueue = kind === "polled";
    // The kernel takes VLAN tags off before tc sees a frame.
    const deviations: readonly Deviation[] = name === "tc" ? ["drops-tagged-runts"] : [];
    return { name, kind, carrier: "ethernet", summary, severalQueues, takesOneQueue, deviations };
  }),

  probe(variant, ports, workload): Support {
    const usual = `run as root (CAP_BPF, CAP_NET_ADMIN) on ${variants[variant]!.needs}`;
    return probeByOpening(this, variant, ports, workload, usual);
  },

  open: (variant, ports, options) => variants[variant]!.open(ports, options),

  openShared(variant, [from, to], workers) {
    const { mode, zeroCopy } = variants[variant]!;
    if (!mode) return undefined;
    using opening = new DisposableStack();
    if (zeroCopy) opening.use(takeRedirected(to.device));
    const { id } = opening.use(redirectToSockets(from, mode, workers));
    const resources = opening.move();
    return { id, [Symbol.dispose]: () => resources.dispose() };
  },
};
