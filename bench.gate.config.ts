/** The matrix of `iopath gate`: all five paths in guests that count instructions, by their main variants. */
import type { ConfigInput } from "./harness/src/config.ts";
import type { ThresholdsInput } from "./harness/src/gate/thresholds.ts";

const counted = {
  place: "guest",
  clock: "instructions",
  frameBytes: [64],
  windows: [64],
  bursts: [64],
  /** Counted instructions repeat: one trial says as much as three. */
  rounds: 1,
  samples: 200,
  /** Enough for the compiler: emulation is slow. */
  warmUpFrames: 12_800,
  verifyFrames: 1000,
} satisfies Partial<ConfigInput>;

export default [
  {
    ...counted,
    machine: "igb",
    paths: {
      null: ["none"],
      "kernel-sockets": ["packet-mmsg", "udp-mmsg"],
      xdp: ["native", "generic", "af-xdp"],
      "userspace-pmd": ["null", "af-packet"],
      "sriov-vf": ["packet-mmsg", "vfio"],
    },
  },
  {
    ...counted,
    machine: "pvrdma",
    paths: { null: ["none"], pvrdma: ["rc-send", "ud-send"] },
  },
] satisfies ConfigInput;

/** How much dearer a cell may get before the gate fails: 0.01 is 1 %, what is allowed when nothing is said. */
export const gate = { within: 0.01 } satisfies ThresholdsInput;
