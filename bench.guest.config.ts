/**
 * The matrix of `iopath run --config bench.guest.config.ts`: everything that a guest can measure
 * without RDMA: five guests have a card as Intel's 82576, the last one as virtio has it.
 */
import type { ConfigInput } from "./harness/src/matrix/config.ts";
import { countedInGuest } from "./harness/src/matrix/counted-in-guest.ts";
import type { SectionInput } from "./harness/src/matrix/section.ts";

const common = { ...countedInGuest, verifyFrames: 1000 } satisfies Omit<SectionInput, "paths">;

/**
 * Without `kernel-sockets/node-dgram`: it sleeps for most of its figure, and sleep is no
 * instruction.
 *
 * Each in a guest of its own: what ran before a cell moves it more than a busy host does.
 */
const on82576: SectionInput["paths"][] = [
  { "tester-only": ["direct"], "sriov-vf": ["packet-mmsg", "packet-mmsg-drop", "af-xdp", "dpdk"] },
  {
    "kernel-sockets": [
      "packet-mmsg",
      "packet-ring",
      "packet-ring-v3",
      "io-uring",
      "udp-mmsg",
      "udp-gso",
      "ip-forward",
      "packet-mmsg-drop",
      "packet-ring-drop",
    ],
  },
  {
    xdp: [
      "native",
      "native-devmap",
      "generic",
      "tc",
      "af-xdp",
      "af-xdp-generic",
      "af-xdp-busy-poll",
      "af-xdp-budget-32",
      "af-xdp-always-kick",
    ],
  },
  { "userspace-pmd": ["net-null", "ring", "memif", "af-packet", "af-xdp", "virtio-user"] },
];

export default [
  // Its windows meet the tester's interrupts in one way or another: p50 of many of them repeats.
  { ...common, machine: "igb", paths: { "sriov-vf": ["vfio"] }, samples: 3000 },
  ...on82576.map((paths) => ({ ...common, machine: "igb", paths })),
  {
    ...common,
    machine: "virtio-sriov",
    paths: {
      "tester-only": ["direct"],
      "kernel-sockets": ["packet-mmsg"],
      "sriov-vf": ["packet-mmsg", "af-xdp", "dpdk"],
    },
  },
] satisfies ConfigInput;
