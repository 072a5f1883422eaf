/** What the time of a run went into, in words. */
import { type Part, parts, type Spent } from "../journal/spent.ts";
import { formatClock } from "./terminal/time-left.ts";

/** In the order in which they are named. */
const words: Record<Part, string> = {
  slicesMs: "slices",
  trialsMs: "trials",
  guestsMs: "guests",
  openingMs: "starting, opening and warming up",
  verifyingMs: "verifying",
};

/** "4:31, of which 52 % slices, 30 % starting, …, 6 % the harness itself". */
export function spentText(spent: Spent): string {
  const { totalMs } = spent;
  const share = (ms: number) => `${Math.round((100 * ms) / Math.max(1, totalMs))} %`;
  const named = (Object.keys(words) as Part[])
    .filter((part) => spent[part] > 0.005 * totalMs)
    .map((part) => `${share(spent[part])} ${words[part]}`);
  const own = totalMs - parts.reduce((sum, part) => sum + spent[part], 0);
  const all = [...named, `${share(own)} the harness itself`];
  return `${formatClock(totalMs)}, of which ${all.join(", ")}`;
}
