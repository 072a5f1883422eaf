/** A profile of a cell: call stacks with the instructions that were executed in each. */

/** A function, where it is from. */
export interface Frame {
  readonly name: string;
  /**
   * "kernel"; "[veth]" for a module and "[bpf]" for BPF programs, as /proc/kallsyms has them; the
   * name of a library or program; the path of a source file from this project's folder on, or
   * Node's own ("node:net"), for JavaScript.
   */
  readonly object: string;
}

export interface Stack {
  /** From the outermost function to the one that executed them. */
  readonly frames: readonly Frame[];
  /** Instructions in a window. */
  readonly count: number;
}

export interface Profile {
  /** The cell's id. */
  readonly cell: string;
  /** Frames of the network in a window. */
  readonly window: number;
  /** Of the same trial, in instructions per frame: what the stacks add up to. */
  readonly p50: number;
  /** Sorted by their names; no two are alike. */
  readonly stacks: readonly Stack[];
}

/** Where a function runs; in the order of legends. */
export const spaces = ["user", "kernel", "module", "bpf"] as const;
export type Space = (typeof spaces)[number];

export function spaceOf({ object }: Frame): Space {
  if (object === "kernel") return "kernel";
  if (object === bpfObject) return "bpf";
  return /^\[.*\]$/.test(object) ? "module" : "user";
}

export const bpfObject = "[bpf]";
/** What stands for all that an interrupt did: it is no part of what it came upon. */
export const interruptFrame: Frame = { name: "[interrupt]", object: "kernel" };
/** What stands for all that other tasks did, whose stacks are known from the switch to them on. */
export const otherTaskFrame: Frame = { name: "[another task]", object: "kernel" };

/** One text for one function: the same name can be in two objects. */
export function keyOfFrame({ name, object }: Frame): string {
  return `${object}\t${name}`;
}

/** Instructions of all stacks, in a window. */
export function totalOf({ stacks }: Pick<Profile, "stacks">): number {
  return stacks.reduce((sum, { count }) => sum + count, 0);
}

/** What the stacks' sum differs from p50 by, as a share of it. */
export function missOf(profile: Profile): number {
  return Math.abs(totalOf(profile) / profile.window / profile.p50 - 1);
}

/** More than the rounding of what is timed, and a sign that something was not counted. */
export const missMax = 0.0001;

/** What says no more than where an address lies: of a stripped library, or of no file at all. */
const nameless = /^\[(0x|unknown|compiled code|lib|node)/;

/** Share of the instructions that no function's name is known of. */
export function namelessOf({ stacks }: Pick<Profile, "stacks">): number {
  return totalOf({ stacks: namelessStacks(stacks) }) / totalOf({ stacks });
}

/** More than this share without a name is said with where it lies. */
export const namelessMax = 0.01;

/** The library or program that most of the instructions without a name are in. */
export function namelessObjectOf({ stacks }: Pick<Profile, "stacks">): string | undefined {
  const byObject = Map.groupBy(namelessStacks(stacks), ({ frames }) => frames.at(-1)!.object);
  const sums = [...byObject].map(([object, own]) => ({ object, sum: totalOf({ stacks: own }) }));
  return sums.sort((a, b) => b.sum - a.sum)[0]?.object;
}

function namelessStacks(stacks: readonly Stack[]): Stack[] {
  return stacks.filter(({ frames }) => nameless.test(frames.at(-1)!.name));
}
