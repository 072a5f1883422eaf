/** The path `userspace-pmd`: DPDK's poll-mode drivers, driven from TypeScript without a line of C. */
import {
  explain,
  IopathError,
  type OpenOptions,
  type Path,
  type PolledPath,
  type PortSpec,
  type Support,
} from "@iopath/contract";
import { makeRings, openDevices, openNull } from "./pmd-path.ts";

type Open = (ports: readonly [PortSpec, PortSpec], options: OpenOptions) => PolledPath;

const opens: Record<string, Open> = {
  null: (_ports, options) => openNull("ordinary", options),
  "null-huge": (_ports, options) => openNull("huge", options),
  ring: (ports) => openDevices(ports, "ordinary", makeRings),
  "ring-huge": (ports) => openDevices(ports, "huge", makeRings),
};

const summaries: Record<string, string> = {
  null: "no device at all: the ceiling of the loop, memory in ordinary pages",
  "null-huge": "the same in hugepages",
  ring: "rings in memory between tester and forwarder, one process",
  "ring-huge": "the same in hugepages",
};

export const userspacePmd: Path = {
  name: "userspace-pmd",
  variants: Object.entries(summaries).map(([name, summary]) => ({
    name,
    kind: "polled",
    carrier: "ethernet",
    summary,
  })),

  probe(variant, ports): Support {
    try {
      this.open(variant, ports, { burst: 1 })[Symbol.dispose]();
      return { ok: true };
    } catch (error) {
      const remedy = error instanceof IopathError ? error.remedy : undefined;
      const missing = error instanceof IopathError ? error.message : explain(error);
      return { ok: false, missing, remedy: remedy ?? "run as root on a machine with DPDK" };
    }
  },

  open: (variant, ports, options) => opens[variant]!(ports, options),
};
