/**
 * The peer of `xdp/af-xdp` in C as a path of its own, for the open loop: its steps are C's alone,
 * some thousand in one call.
 */
import { type Path, probeByOpening } from "@iopath/contract";
import { openPeer } from "../peer.ts";

/**
 * Between two turns of Node's event loop, in which it looks at what it is asked: milliseconds, so
 * that few frames meet one.
 */
const stepsPerCall = 1 << 16;

export const path: Path = {
  name: "in-c",
  variants: [
    // Polled, for where the kernel receives; opened it has the workload in it, as an attached one.
    { name: "af-xdp", kind: "polled", carrier: "ethernet", summary: "xdp/af-xdp in C, plain" },
  ],

  probe(variant, ports, workload) {
    return probeByOpening(this, variant, ports, workload, "run as root, with gcc");
  },

  open(_variant, ports, { burst }) {
    const { path: opened, library } = openPeer("af-xdp", "plain", ports, burst);
    if (opened.kind !== "attached") throw new Error("a peer has the workload in it");
    const steps = library.func("peer_steps", "void", ["uint"]);
    return {
      ...opened,
      turn: async () => {
        steps(stepsPerCall);
      },
    };
  },
};
