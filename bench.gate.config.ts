/**
 * The matrix of `iopath gate`: the sections of the default matrix that count instructions, and DPDK's
 * path, which the default matrix has on the host, in the guest with the emulated card.
 */
import matrix from "./bench.config.ts";
import type { ThresholdsInput } from "./harness/src/gate/thresholds.ts";
import type { SectionInput } from "./harness/src/section.ts";

const counted = matrix.filter((section) => "clock" in section && section.clock === "instructions");

export default counted.map((section): SectionInput => {
  const { paths } = section;
  if (!("sriov-vf" in paths)) return section;
  return {
    ...section,
    paths: { ...paths, "userspace-pmd": ["null", "memif", "af-packet", "af-xdp"] },
  };
});

/** How much dearer a cell may get before the gate fails: 0.01 is 1 %, what is allowed when nothing is said. */
export const gate = { within: 0.01 } satisfies ThresholdsInput;
