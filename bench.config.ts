/** The default matrix, as data. `iopath run --config FILE` takes another one of the same form. */
import type { ConfigInput } from "./harness/src/config.ts";

export default {
  /** Each path with its variants; "null" is the tester alone. */
  paths: {
    null: ["none"],
    "kernel-sockets": ["packet-mmsg", "packet-ring", "io-uring", "udp-mmsg", "udp-gso"],
    xdp: ["native", "generic", "tc", "af-xdp"],
    "userspace-pmd": ["null", "null-huge", "ring", "memif", "af-packet", "af-xdp"],
  },
  /** Sizes on the wire, frame check sequence included (RFC 2544). */
  frameBytes: [64, 512, 1518],
  /** Frames that are on the way at once: 1 for latency, 64 for throughput. */
  windows: [1, 64],
  /** Most frames that a forwarder takes in one burst. */
  bursts: [64],
  /** All cells are measured once a round, so that slow drifts of the machine meet them all. */
  rounds: 3,
  /** Windows sampled in one trial. */
  samples: 1000,
  /** Frames through a cell before its first sample, for the JIT compiler and the caches. */
  warmUpFrames: 30_000,
  /** Random frames of the verify pass of a cell. */
  verifyFrames: 2000,
} satisfies ConfigInput;
