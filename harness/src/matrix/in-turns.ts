/**
 * Which cells are measured in turns: those of the host's lab with one worker, since each can have
 * a lab and a process of its own. Two owners of one port, of a card or of a guest's processor can't
 * be alive at once: their cells are measured in rounds, one after the other.
 */
import type { Section } from "./section.ts";

export function isInTurns(
  { place }: Pick<Section, "place">,
  { workers }: { readonly workers: number },
) {
  return place.kind === "lab" && workers === 1;
}

interface TurnsPlan {
  /** Of a launch. */
  readonly turns: number;
  /** The widest interval of a speed-up that is narrow enough, relative: 0.02 is 2 %. */
  readonly width: number;
  /** From the first launch of the section on. */
  readonly maxMinutes: number;
}

const usual: TurnsPlan = { turns: 100, width: 0.02, maxMinutes: 6 };

/** A launch with few samples has as few turns: each turn brings one at least. */
export function turnsPlanOf({ turns, width, maxMinutes, samples }: Section): TurnsPlan {
  return {
    turns: Math.min(turns ?? usual.turns, samples),
    width: width ?? usual.width,
    maxMinutes: maxMinutes ?? usual.maxMinutes,
  };
}
