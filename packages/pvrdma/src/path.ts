/**
 * The path `pvrdma`: frames as messages between queue pairs, by the verbs of whatever device there
 * is.
 */
import { explain, IopathError, type Path, type PortSpec, type Support } from "@iopath/contract";
import { type Manner, openVerbsPath, type VerbsPath } from "./verbs-path.ts";

interface Way extends Manner {
  readonly summary: string;
  /** What the lab has in a device's stead. */
  readonly standIn: string;
}

const noHca =
  "no HCA: driver and QEMU's pvrdma device are real, behind them a library in QEMU copies the messages";
const softRoce = "no RDMA device: the kernel's soft RoCE (rdma_rxe) over a veth pair";

const rcSend = { transport: "rc", operation: "send" } as const;
const udSend = { transport: "ud", operation: "send" } as const;
const rcWrite = { transport: "rc", operation: "write-imm" } as const;

const ways: Record<string, Way> = {
  "rc-send": { ...rcSend, summary: "SEND over a reliable connection", standIn: noHca },
  "ud-send": { ...udSend, summary: "SEND as unreliable datagrams", standIn: noHca },
  "rc-write-imm": { ...rcWrite, summary: "RDMA WRITE with immediate data", standIn: noHca },
  "rc-send-rxe": { ...rcSend, summary: "rc-send on soft RoCE", standIn: softRoce },
  "ud-send-rxe": { ...udSend, summary: "ud-send on soft RoCE", standIn: softRoce },
  "rc-write-imm-rxe": { ...rcWrite, summary: "rc-write-imm on soft RoCE", standIn: softRoce },
};

export const pvrdma = {
  name: "pvrdma",
  variants: Object.entries(ways).map(([name, { summary, standIn }]) => ({
    name,
    kind: "polled" as const,
    carrier: "ethernet" as const,
    summary,
    standIn,
    ownTesters: true,
  })),

  probe(variant, ports): Support {
    try {
      this.open(variant, ports, { burst: 1 })[Symbol.dispose]();
      return { ok: true };
    } catch (error) {
      const known = error instanceof IopathError ? error.remedy : undefined;
      const missing = error instanceof IopathError ? error.message : explain(error);
      const remedy = known ?? "run as root where there is a verbs device (`ibv_devices`)";
      return { ok: false, missing, remedy };
    }
  },

  open: (variant: string, ports: readonly [PortSpec, PortSpec]): VerbsPath =>
    openVerbsPath(ports, ways[variant]!),
} satisfies Path;
