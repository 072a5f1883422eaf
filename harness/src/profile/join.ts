/**
 * Joins what the profiler counted with names: raw stacks of addresses → call stacks of functions.
 */
import { spawnSync } from "node:child_process";
import type { RawProfile } from "../runner/guest-profiling.ts";
import {
  type Frame,
  interruptFrame,
  keyOfFrame,
  otherTaskFrame,
  type Profile,
  type Stack,
  spaceOf,
} from "./profile.ts";
import { parseRawStacks, type RawStacks } from "./raw-stacks.ts";
import { type NamesAt, newNames } from "./symbols/names.ts";

/** @throws IopathError as `parseRawStacks` does */
export function joinProfile(
  raw: RawProfile,
  cell: Pick<Profile, "cell" | "window" | "p50">,
): Profile {
  const counted = parseRawStacks(raw.stacks);
  const called = [...counted.nodes.values()].map(({ target }) => target);
  return { ...cell, stacks: demangled(stacksOf(counted, newNames(raw, called))) };
}

/** One stack for all blocks of a function that was called in one way, sorted by their names. */
function stacksOf({ nodes, cells }: RawStacks, namesAt: NamesAt): Stack[] {
  const known = new Map<number, readonly Frame[]>([[0, []]]);
  const framesOf = (id: number): readonly Frame[] => {
    const found = known.get(id);
    if (found) return found;
    const { parent, kind, site, target } = nodes.get(id)!;
    const frames = {
      task: () => [otherTaskFrame],
      interrupt: () => [interruptFrame, namesAt(target)[0]],
      call: () => [...withFunctions(framesOf(parent), namesAt(site)), namesAt(target)[0]],
      "system call": () => [...framesOf(parent), namesAt(target)[0]],
    }[kind]();
    known.set(id, frames);
    return frames;
  };
  const stacks = new Map<string, Stack>();
  for (const { node, block, count } of cells) {
    const frames = withoutGlue(withFunctions(framesOf(node), namesAt(block)));
    const key = frames.map(keyOfFrame).join("\n");
    stacks.set(key, { frames, count: (stacks.get(key)?.count ?? 0) + count });
  }
  return [...stacks].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, stack]) => stack);
}

/**
 * What is at a place of a function: the function itself where it was entered without a call (by a
 * tail call, or from code next to its own), and what was inlined into it there.
 */
function withFunctions(
  frames: readonly Frame[],
  [frame, ...inlined]: readonly [Frame, ...Frame[]],
): readonly Frame[] {
  const last = frames.at(-1);
  const isSame = last && (last.name === frame.name || (isEntry(last) && isEntry(frame)));
  return [...frames, ...(isSame ? [] : [frame]), ...inlined];
}

const entryCode =
  /^(asm_|entry_|irq_entries|common_interrupt_ret|swapgs|syscall_return|restore_regs|native_i|error_|paranoid|ret_from|__entry)/;

/** The kernel's entry code jumps between parts of itself that have names of their own. */
function isEntry(frame: Frame): boolean {
  return frame.object === "kernel" && entryCode.test(frame.name);
}

const glue =
  /^Builtins_(Call_|Call$|BaselineOutOfLine|InterpreterEntryTrampoline|ArgumentsAdaptor|JSEntry|BaselineOrInterp)/;

/** Code of V8 that passes calls on is shown where it executes, not on the way to others. */
function withoutGlue(frames: readonly Frame[]): readonly Frame[] {
  const shown = frames.filter(({ name }, i) => i === frames.length - 1 || !glue.test(name));
  return shown.filter((frame, i) => {
    const before = shown[i - 1];
    return before?.name !== frame.name || spaceOf(frame) !== "user";
  });
}

/** Names of C++ as a reader knows them, where binutils are installed. */
function demangled(stacks: readonly Stack[]): readonly Stack[] {
  const names = new Set(stacks.flatMap(({ frames }) => frames.map(({ name }) => name)));
  const mangled = [...names].filter((name) => name.startsWith("_Z"));
  if (mangled.length === 0) return stacks;
  const filter = spawnSync("c++filt", ["-p"], { input: mangled.join("\n"), encoding: "utf8" });
  const lines = filter.status === 0 ? filter.stdout.split("\n") : [];
  if (lines.length < mangled.length) return stacks;
  const plain = new Map(mangled.map((name, i) => [name, lines[i]!.replaceAll(";", ":")]));
  return stacks.map(({ frames, count }) => ({
    frames: frames.map((frame) => ({ ...frame, name: plain.get(frame.name) ?? frame.name })),
    count,
  }));
}
