/**
 * The matrix of `test/costs.machine.test.ts`: every variant that can run in a guest, once and in
 * short, so that none can become far dearer unseen. `npm run costs` measures it by itself.
 */
import type { ThresholdsInput } from "./harness/src/gate/thresholds.ts";
import { countedInGuest } from "./harness/src/matrix/counted-in-guest.ts";
import type { SectionInput } from "./harness/src/matrix/section.ts";

const common = { ...countedInGuest, samples: 30 } satisfies Omit<SectionInput, "paths">;

/** Three guests, two at a time on two CPUs: the first takes as long as the two others. */
export default [
  {
    ...common,
    machine: "igb",
    paths: {
      "tester-only": ["direct"],
      "kernel-sockets": [
        "packet-mmsg",
        "packet-ring",
        "packet-ring-v3",
        "io-uring",
        "udp-mmsg",
        "udp-gso",
        "node-dgram",
        "ip-forward",
        "packet-mmsg-drop",
        "packet-ring-drop",
      ],
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
  },
  {
    ...common,
    machine: "igb",
    paths: {
      "userspace-pmd": ["net-null", "ring", "memif", "af-packet", "af-xdp", "virtio-user"],
      "sriov-vf": ["packet-mmsg", "packet-mmsg-drop", "af-xdp", "vfio", "dpdk"],
    },
  },
  {
    ...common,
    machine: "pvrdma",
    paths: {
      pvrdma: ["rc-send", "ud-send", "rc-send-rxe", "ud-send-rxe", "rc-write-imm-rxe"],
    },
  },
] satisfies SectionInput[];

/** Variants that can't run in our guests, and why. */
export const elsewhere: Readonly<Record<string, string>> = {
  "xdp/af-xdp-zero-copy": "the guest's drivers have no AF_XDP zero-copy",
  "userspace-pmd/net-null-huge": "the guest has no hugepages",
  "userspace-pmd/ring-huge": "the guest has no hugepages",
  "userspace-pmd/memif-huge": "the guest has no hugepages",
  "pvrdma/rc-write-imm": "QEMU's device does not write into a peer's memory",
  "userspace-pmd/tap": "the guest has no tun module",
  "userspace-pmd/pci": "sriov-vf/dpdk is the same driver on a card that the guest has",
};

/** How much dearer a variant may get: 0.5 is half as much again. */
export const gate = {
  within: 0.5,
  cells: {
    // They sleep, and the guest's clock passes over it: their figures depend on timers too.
    "kernel-sockets/node-dgram": 1,
    "kernel-sockets/packet-ring-v3": 1,
  },
} satisfies ThresholdsInput;
