/** The matrix of `iopath gate`: in a guest, counting instructions, each path by its most used variants. */
import type { ConfigInput } from "./harness/src/config.ts";
import type { ThresholdsInput } from "./harness/src/gate/thresholds.ts";

export default {
  place: "guest",
  clock: "instructions",
  paths: {
    null: ["none"],
    "kernel-sockets": ["packet-mmsg", "udp-mmsg"],
    xdp: ["native", "generic", "af-xdp"],
    "sriov-vf": ["packet-mmsg", "af-xdp", "vfio"],
  },
  frameBytes: [64],
  windows: [64],
  bursts: [64],
  rounds: 1,
  samples: 200,
  /** Enough for the compiler: emulation is slow. */
  warmUpFrames: 12_800,
  verifyFrames: 2000,
} satisfies ConfigInput;

/** How much dearer a cell may get before the gate fails: 0.01 is 1 %, what is allowed when nothing is said. */
export const gate = { within: 0.01 } satisfies ThresholdsInput;
