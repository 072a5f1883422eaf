/**
 * Stacks as a tree, with those of another profile beside them: what flame graphs are drawn from.
 */
import { differenceKeyOf } from "./difference.ts";
import { type Frame, type Profile, totalOf } from "./profile.ts";

/** Instructions per frame of the network, with all that is called from there. */
export interface CallNode {
  readonly frame: Frame;
  readonly after: number;
  /** Of the profile that this one is compared with; 0 without one. */
  readonly before: number;
  /** Sorted by their names: the same function stands at the same place in two graphs. */
  readonly children: readonly CallNode[];
}

interface Growing {
  frame: Frame;
  after: number;
  before: number;
  readonly children: Map<string, Growing>;
}

/** @param before what it is compared with; matched by name, since lines of a file move */
export function callTreeOf(profile: Profile, before?: Profile): CallNode {
  const root: Growing = { ...emptyNode({ name: "all", object: "" }), after: perFrame(profile) };
  if (before) {
    root.before = perFrame(before);
    grow(root, before, "before");
  }
  grow(root, profile, "after");
  return finished(root);
}

function perFrame(profile: Profile): number {
  return totalOf(profile) / profile.window;
}

function emptyNode(frame: Frame): Growing {
  return { frame, after: 0, before: 0, children: new Map() };
}

function grow(root: Growing, { stacks, window }: Profile, side: "before" | "after"): void {
  for (const { frames, count } of stacks) {
    let node = root;
    for (const frame of frames) {
      const key = differenceKeyOf(frame);
      const child = node.children.get(key) ?? emptyNode(frame);
      node.children.set(key, child);
      child.frame = frame;
      child[side] += count / window;
      node = child;
    }
  }
}

function finished({ frame, after, before, children }: Growing): CallNode {
  const below = [...children].sort(([a], [b]) => (a < b ? -1 : 1));
  return { frame, after, before, children: below.map(([, child]) => finished(child)) };
}
