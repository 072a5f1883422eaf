/** Folded stacks, "a;b;c COUNT": what flamegraph.pl, inferno and speedscope read. */
import type { Profile } from "./profile.ts";

export function formatFolded({ stacks }: Pick<Profile, "stacks">): string {
  return stacks
    .map(({ frames, count }) => `${frames.map(({ name }) => name).join(";")} ${count}\n`)
    .join("");
}
