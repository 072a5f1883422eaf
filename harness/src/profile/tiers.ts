/** What made the code of JavaScript and WebAssembly: which of V8's compilers, or none. */
import type { Profile } from "./profile.ts";

/** By the letter that stands in front of a function's name; the best one first. */
const tiers = [
  ["*", "TurboFan"],
  ["+", "Maglev"],
  ["^", "Sparkplug or Liftoff"],
  ["~", "the interpreter"],
] as const;

interface TierCost {
  readonly tier: (typeof tiers)[number][1];
  /** Instructions per frame of the network that such functions execute themselves. */
  readonly own: number;
}

/** Those that executed something. A figure that is not all of the best may still fall. */
function tierCosts({ stacks, window }: Pick<Profile, "stacks" | "window">): TierCost[] {
  const letters = Map.groupBy(stacks, ({ frames }) => frames.at(-1)!.name[0]);
  return tiers.flatMap(([letter, tier]) => {
    const own = (letters.get(letter) ?? []).reduce((sum, { count }) => sum + count, 0) / window;
    return own > 0 ? [{ tier, own }] : [];
  });
}

/** "TurboFan 64.4, Maglev 107.0"; empty where no such code ran. */
export function describeTiers(profile: Pick<Profile, "stacks" | "window">): string {
  return tierCosts(profile)
    .map(({ tier, own }) => `${tier} ${own.toFixed(1)}`)
    .join(", ");
}
