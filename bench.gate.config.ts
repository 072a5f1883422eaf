/**
 * The matrix of `iopath gate`: the sections of the default matrix that count instructions, and DPDK's
 * path, which the default matrix has on the host, in the guest with the emulated card.
 */
import matrix from "./bench.config.ts";
import type { ThresholdsInput } from "./harness/src/gate/thresholds.ts";
import type { SectionInput } from "./harness/src/section.ts";

const counted = matrix.filter((section) => "clock" in section && section.clock === "instructions");

/** What another cell of the gate has in it already costs time and finds nothing more. */
const twice = ["null", "kernel-sockets"];

export default counted.flatMap((section): SectionInput[] => {
  const own = Object.entries(section.paths);
  const others = Object.fromEntries(own.filter(([path]) => !twice.includes(path)));
  if (!("sriov-vf" in section.paths)) {
    // A frame over verbs is so few instructions that the compiler is long not done after 12,800 of them.
    return [{ ...section, paths: others, warmUpFrames: 128_000 }];
  }
  const sockets = Object.fromEntries(own.filter(([path]) => twice.includes(path)));
  return [
    { ...section, paths: { ...others, "userspace-pmd": ["null", "af-packet"] } },
    // Sockets have a guest to themselves: what other cells leave in the kernel moves them by up to 0.9 %.
    { ...section, paths: sockets },
  ];
});

/**
 * How much dearer a cell may get before the gate fails: 0.01 is 1 %, what is allowed when nothing is said.
 * Less for those that stand for their path and repeat better: 40 instructions more a frame are seen there.
 */
export const gate = {
  within: 0.01,
  cells: {
    "kernel-sockets/packet-mmsg": 0.001,
    "xdp/native": 0.002,
    "xdp/af-xdp": 0.003,
    "userspace-pmd/af-packet": 0.002,
    "sriov-vf/vfio": 0.002,
  },
} satisfies ThresholdsInput;
