/**
 * The matrix of `iopath gate`: the sections of the default matrix that count instructions, and
 * DPDK's path, which the default matrix has on the host, in the guest with the emulated card.
 */
import matrix from "./bench.config.ts";
import type { ThresholdsInput } from "./harness/src/gate/thresholds.ts";
import type { SectionInput } from "./harness/src/matrix/section.ts";

/** What strict translation costs is the kernel's and the card's, and no code of ours. */
const counted = matrix.filter(
  (section) => "clock" in section && section.clock === "instructions" && !("iommu" in section),
);

/** What another cell of the gate has in it already costs time and finds nothing more. */
const twice = ["tester-only", "kernel-sockets"];

/**
 * What is paid once a burst is a 64th of itself in a burst of 64, and less than what the gate
 * allows: one system call is 20 instructions per frame there. Polled variants take frames one by
 * one as well.
 */
const oneByOne = [1];

/**
 * How frames of a card meet its interrupts differs by window, by about 1 %: a tenth of so many
 * repeats to less than a tenth of that.
 */
const manyWindows = { samples: 3000 };

/**
 * Our driver of a function takes eight at once instead: one by one it waits for its card, and work
 * takes the place of waiting.
 */
const function82576 = { paths: { "sriov-vf": ["vfio"] }, bursts: [64, 8], ...manyWindows };

function sectionsOf(section: (typeof counted)[number]): SectionInput[] {
  const own = Object.entries(section.paths);
  const others = Object.fromEntries(own.filter(([path]) => !twice.includes(path)));
  if (!("sriov-vf" in section.paths)) {
    // A frame over verbs is so few instructions that the compiler is long not done after 12,800 of
    // them.
    return [{ ...section, paths: others, warmUpFrames: 128_000 }];
  }
  const { "sriov-vf": onCard, ...onVeth } = others;
  const functions = onCard!.filter((variant) => variant !== "vfio");
  const sockets = Object.fromEntries(own.filter(([path]) => twice.includes(path)));
  const polled = { xdp: ["af-xdp"], "userspace-pmd": ["af-packet"] };
  return [
    { ...section, ...function82576 },
    // Each in a guest of its own: the rings of a card keep what another cell left of the kernel's
    // slabs, which is 4 % of dpdk.
    ...functions.map((variant) => ({
      ...section,
      paths: { "sriov-vf": [variant] },
      ...manyWindows,
    })),
    { ...section, paths: { ...onVeth, "userspace-pmd": ["net-null"] } },
    // Sockets have guests to themselves: what other cells leave in the kernel moves them by up to
    // 0.9 %.
    { ...section, paths: { ...sockets, "userspace-pmd": ["af-packet"] }, samples: 400 },
    { ...section, paths: { "kernel-sockets": ["packet-mmsg"] }, bursts: oneByOne },
    { ...section, paths: polled, bursts: oneByOne },
  ];
}

export default counted.flatMap(sectionsOf);

/**
 * How much dearer a cell may get before the gate fails: 0.01 is 1 %, what is allowed when nothing
 * is said. Less for those that stand for their path and repeat better: 40 instructions more per
 * frame are seen there.
 */
export const gate = {
  within: 0.01,
  cells: {
    "kernel-sockets/packet-mmsg": 0.002,
    "xdp/native": 0.002,
    "xdp/af-xdp": 0.002,
    // Of eleven runs of equal code one was 0.24 % from another; one by one they are alike.
    "userspace-pmd/af-packet": 0.003,
    "userspace-pmd/af-packet/64B/burst1": 0.002,
    "sriov-vf/vfio": 0.0015,
    // igbvf's own delays of interrupts, by what it received lately: 1.3 %.
    "sriov-vf/packet-mmsg": 0.02,
  },
} satisfies ThresholdsInput;
