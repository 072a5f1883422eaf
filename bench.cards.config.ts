/**
 * In a virtual machine, which path? What each costs between the cards that hypervisors give a
 * guest, on a kernel whose drivers have native XDP for each, and for two AF_XDP without a copy.
 */
import { countedInGuest } from "./harness/src/matrix/counted-in-guest.ts";
import type { SectionInput } from "./harness/src/matrix/section.ts";

const common = { ...countedInGuest, kernels: ["debian:7.3"], verifyFrames: 300 };

const onCards = {
  "tester-only": ["direct"],
  "kernel-sockets": ["packet-mmsg"],
  xdp: ["native", "af-xdp", "af-xdp-zero-copy"],
  "userspace-pmd": ["pci"],
};

export default [
  { ...common, machine: "virtio", paths: onCards },
  { ...common, machine: "vmxnet3", paths: onCards },
  { ...common, machine: "igb-cards", paths: onCards },
  { ...common, machine: "igb", paths: { "sriov-vf": ["packet-mmsg", "af-xdp", "vfio", "dpdk"] } },
] satisfies SectionInput[];
