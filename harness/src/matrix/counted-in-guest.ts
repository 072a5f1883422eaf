/** What sections of counted instructions have in common: the default matrix says it once more. */
import type { SectionInput } from "./section.ts";

export const countedInGuest = {
  place: "guest",
  clock: "instructions",
  frameBytes: [64],
  windows: [64],
  bursts: [64],
  /** Counted instructions repeat: one trial says as much as three. */
  rounds: 1,
  samples: 200,
  /** Enough for the compiler: emulation is slow. */
  warmUpFrames: 12_800,
} satisfies Omit<SectionInput, "paths">;
