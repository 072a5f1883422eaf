/** The matrix of `iopath gate`: the sections of the default matrix that count instructions. */
import matrix from "./bench.config.ts";
import type { ThresholdsInput } from "./harness/src/gate/thresholds.ts";

export default matrix.filter((section) => "clock" in section && section.clock === "instructions");

/** How much dearer a cell may get before the gate fails: 0.01 is 1 %, what is allowed when nothing is said. */
export const gate = { within: 0.01 } satisfies ThresholdsInput;
