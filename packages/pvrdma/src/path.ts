/**
 * The path `pvrdma`: frames as messages between queue pairs, by the verbs of whatever device there
 * is.
 */
import { type Path, type PortSpec, probeByOpening, type Support } from "@iopath/contract";
import { openVerbsPath, type Transfer, type VerbsPath } from "./verbs-path.ts";

interface VerbsVariant extends Transfer {
  readonly summary: string;
  readonly lab: keyof typeof standIns;
}

/** What each lab has in place of a device. */
const standIns = {
  verbs:
    "no HCA: driver and QEMU's pvrdma device are real, behind them a library in QEMU copies the messages",
  "soft-roce": "no RDMA device: the kernel's soft RoCE (rdma_rxe) over a veth pair",
};

const rcSend = { transport: "rc", operation: "send" } as const;
const udSend = { transport: "ud", operation: "send" } as const;
const rcWrite = { transport: "rc", operation: "write-imm" } as const;

const variants: Record<string, VerbsVariant> = {
  "rc-send": { ...rcSend, summary: "SEND over a reliable connection", lab: "verbs" },
  "ud-send": { ...udSend, summary: "SEND as unreliable datagrams", lab: "verbs" },
  "rc-write-imm": { ...rcWrite, summary: "RDMA WRITE with immediate data", lab: "verbs" },
  "rc-send-rxe": { ...rcSend, summary: "rc-send on soft RoCE", lab: "soft-roce" },
  "ud-send-rxe": { ...udSend, summary: "ud-send on soft RoCE", lab: "soft-roce" },
  "rc-write-imm-rxe": { ...rcWrite, summary: "rc-write-imm on soft RoCE", lab: "soft-roce" },
};

const usualRemedy = "run as root where there is a verbs device (`ibv_devices`)";

export const pvrdma = {
  name: "pvrdma",
  variants: Object.entries(variants).map(([name, { summary, lab }]) => ({
    name,
    kind: "polled" as const,
    carrier: "ethernet" as const,
    summary,
    lab,
    standIn: standIns[lab],
    ownTesters: true,
  })),

  probe(variant, ports, workload): Support {
    return probeByOpening(this, variant, ports, workload, usualRemedy);
  },

  open: (variant: string, ports: readonly [PortSpec, PortSpec]): VerbsPath =>
    openVerbsPath(ports, variants[variant]!),
} satisfies Path;
