/** The matrix of `iopath run --config bench.guest.config.ts`: in a guest, with an emulated card. */
import type { ConfigInput } from "./harness/src/config.ts";

export default {
  place: "guest",
  paths: {
    null: ["none"],
    "kernel-sockets": ["packet-mmsg", "udp-mmsg"],
    xdp: ["native", "generic", "af-xdp"],
    "userspace-pmd": ["null", "ring", "af-packet", "af-xdp"],
    "sriov-vf": ["packet-mmsg", "af-xdp", "vfio", "dpdk"],
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
