/** What each function executes itself, and with all that it calls. */
import { type Frame, keyOfFrame, type Profile } from "./profile.ts";

/** Instructions per frame of the network. */
interface FunctionCost {
  readonly frame: Frame;
  readonly own: number;
  /** With what it calls, interrupts left out. */
  readonly inclusive: number;
}

/** Dearest first, by what they execute themselves. */
export function functionCosts({ stacks, window }: Pick<Profile, "stacks" | "window">) {
  const costs = new Map<string, { frame: Frame; own: number; inclusive: number }>();
  const costOf = (frame: Frame) => {
    const key = keyOfFrame(frame);
    const cost = costs.get(key) ?? { frame, own: 0, inclusive: 0 };
    costs.set(key, cost);
    return cost;
  };
  for (const { frames, count } of stacks) {
    costOf(frames.at(-1)!).own += count / window;
    const each = new Set(frames.map(costOf)); // a recursive one counts once
    for (const cost of each) cost.inclusive += count / window;
  }
  return [...costs.values()].sort(
    (a, b) => b.own - a.own || (keyOfFrame(a.frame) < keyOfFrame(b.frame) ? -1 : 1),
  ) as FunctionCost[];
}
