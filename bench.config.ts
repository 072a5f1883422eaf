/**
 * The default matrix, as data: sections, each at one place with one clock. What takes time is
 * measured one section after the other; guests that count instructions run side by side.
 * `iopath run --config FILE` takes another file of the same form, which may as well export one
 * section alone.
 */
import type { ConfigInput } from "./harness/src/matrix/config.ts";

export default [
  {
    place: "host",
    /** Each path with its variants; "tester-only" is the tester alone. */
    paths: {
      "tester-only": ["direct"],
      "kernel-sockets": [
        "packet-mmsg",
        "packet-ring",
        "io-uring",
        "udp-mmsg",
        "udp-gso",
        "node-dgram",
        "ip-forward",
      ],
      xdp: ["native", "generic", "tc", "af-xdp"],
      "userspace-pmd": ["net-null", "net-null-huge", "ring", "memif", "af-packet", "af-xdp"],
    },
    /** Sizes on the wire, frame check sequence included (RFC 2544). */
    frameBytes: [64, 1518],
    /** Frames that are on the way at once: 1 for latency, 64 for throughput. */
    windows: [1, 64],
    /** Most frames that a forwarder takes in one burst. */
    bursts: [64],
    /** Launches of fresh processes before it is known how many more a cell needs. */
    rounds: 4,
    /** Turns of a launch: each cell gets the CPU for 2 ms, in an order drawn by lot. */
    turns: 100,
    /** Windows kept of each launch. */
    samples: 1000,
    /** Measured until the interval of each speed-up is so narrow, 2 %, or the time is up. */
    width: 0.02,
    maxMinutes: 3.5,
    /** Frames through a cell before its first sample, for the JIT compiler and the caches. */
    warmUpFrames: 30_000,
    /** Random frames of the verify pass of a cell. */
    verifyFrames: 2000,
  },
  {
    /** A guest with an emulated card. Its time means nothing, its instructions do: they repeat. */
    place: "guest",
    machine: "igb",
    clock: "instructions",
    paths: {
      "tester-only": ["direct"],
      "kernel-sockets": ["packet-mmsg"],
      xdp: ["native", "af-xdp"],
      "sriov-vf": ["packet-mmsg", "af-xdp", "vfio", "dpdk"],
    },
    frameBytes: [64],
    windows: [64],
    bursts: [64],
    /** Counted instructions repeat: one trial says as much as three. */
    rounds: 1,
    samples: 200,
    /** Enough for the compiler: emulation is slow. */
    warmUpFrames: 12_800,
    verifyFrames: 1000,
  },
  {
    /** The same card behind an IOMMU that translates each transfer of kernel drivers. */
    place: "guest",
    machine: "igb",
    iommu: "strict",
    clock: "instructions",
    paths: {
      "tester-only": ["direct"],
      "kernel-sockets": ["packet-mmsg"],
      "sriov-vf": ["packet-mmsg", "af-xdp", "vfio"],
    },
    frameBytes: [64],
    windows: [64],
    bursts: [64],
    rounds: 1,
    samples: 200,
    warmUpFrames: 12_800,
    verifyFrames: 1000,
  },
  {
    /** A guest with QEMU's paravirtual RDMA device, and soft RoCE beside it. */
    place: "guest",
    machine: "pvrdma",
    clock: "instructions",
    paths: {
      "tester-only": ["direct"],
      "kernel-sockets": ["packet-mmsg"],
      pvrdma: ["rc-send", "ud-send", "rc-send-rxe", "ud-send-rxe"],
    },
    frameBytes: [64],
    windows: [64],
    bursts: [64],
    rounds: 1,
    samples: 200,
    warmUpFrames: 12_800,
    verifyFrames: 1000,
  },
] satisfies ConfigInput;
