/**
 * What each Linux kernel costs a frame: the paths of the lab that stand for their kind, on kernels
 * of Debian's from 6.1 on.
 */
import { countedInGuest } from "./harness/src/matrix/counted-in-guest.ts";
import type { SectionInput } from "./harness/src/matrix/section.ts";

export default {
  ...countedInGuest,
  kernels: ["debian", "debian:6.12", "debian:6.18", "debian:7.2", "debian:7.3", "debian:7.3-rt"],
  verifyFrames: 1000,
  paths: {
    "tester-only": ["direct"],
    xdp: ["native", "af-xdp"],
    "kernel-sockets": ["packet-mmsg", "packet-ring", "ip-forward"],
  },
} satisfies SectionInput;
