/** What differs between two profiles, function by function. */
import { functionCosts } from "./functions.ts";
import { type Frame, type Profile, totalOf } from "./profile.ts";

/** Instructions per frame of the network. */
interface FunctionDifference {
  readonly frame: Frame;
  readonly before: number;
  readonly after: number;
}

/** What a function executes itself, per frame of the network. */
export interface OwnCost {
  readonly frame: Frame;
  readonly own: number;
}

export interface Difference {
  readonly before: number;
  readonly after: number;
  /** Those that differ, what got dearer most first, what got cheaper most last. */
  readonly functions: readonly FunctionDifference[];
  /** How many functions there are in both together. */
  readonly of: number;
}

export function differenceOf(before: Profile, after: Profile): Difference {
  return {
    before: totalOf(before) / before.window,
    after: totalOf(after) / after.window,
    ...differingFunctions(functionCosts(before), functionCosts(after)),
  };
}

/** The same of functions whose stacks are not known. */
export function differingFunctions(
  before: Iterable<OwnCost>,
  after: Iterable<OwnCost>,
): Pick<Difference, "functions" | "of"> {
  const functions = new Map<string, { frame: Frame; before: number; after: number }>();
  for (const [side, costs] of [["before", before] as const, ["after", after] as const]) {
    for (const { frame, own } of costs) {
      const key = differenceKeyOf(frame);
      const entry = functions.get(key) ?? { frame, before: 0, after: 0 };
      functions.set(key, { ...entry, frame, [side]: entry[side] + own });
    }
  }
  const all = [...functions.values()];
  return {
    functions: all
      .filter((entry) => entry.before !== entry.after)
      .sort((a, b) => b.after - b.before - (a.after - a.before) || compareNames(a, b)),
    of: all.length,
  };
}

/**
 * One name for a function in both: its line moves when another function of its file changes, and
 * the tag of a BPF program is a hash of its instructions, and gcc marks in one kernel what it cut
 * or specialized ("ip_rcv_finish_core.isra.0"), and in the next one it does not.
 */
export function differenceKeyOf({ name, object }: Frame): string {
  const named = name.includes("(anonymous)") ? name : name.replace(/:\d+$/, "");
  const ofGcc = /(?:\.(?:isra|constprop|part|cold)(?:\.\d+)?)+$/;
  const plain = object.endsWith(".ts") ? named : named.replace(ofGcc, "");
  return `${object}\t${plain.replace(/^bpf_prog_[0-9a-f]{16}_/, "bpf_prog_")}`;
}

function compareNames(a: FunctionDifference, b: FunctionDifference): number {
  return a.frame.name < b.frame.name ? -1 : 1;
}
