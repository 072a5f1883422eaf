/**
 * What each Linux kernel costs a frame: a path of each kind on veth pairs, and on functions of an
 * emulated card, on all lines of Debian's kernels that its mirror has whole.
 */
import { countedInGuest } from "./harness/src/matrix/counted-in-guest.ts";
import type { SectionInput } from "./harness/src/matrix/section.ts";

export default {
  ...countedInGuest,
  kernels: [
    ...["debian", "debian:6.12", "debian:6.16", "debian:6.17", "debian:6.18"],
    ...["debian:7.2", "debian:7.3", "debian:7.3-rt"],
  ],
  verifyFrames: 1000,
  paths: {
    "tester-only": ["direct"],
    xdp: ["native", "tc", "af-xdp"],
    "kernel-sockets": ["packet-mmsg", "packet-ring", "io-uring", "udp-mmsg", "ip-forward"],
    "userspace-pmd": ["af-packet", "af-xdp"],
    "sriov-vf": ["packet-mmsg", "af-xdp", "vfio"],
  },
} satisfies SectionInput;
