import { describe, expect, it } from "vitest";
import { formatProfile } from "../../src/present/terminal/profile-table.ts";
import { paper } from "../../src/present/terminal/screen.ts";
import { callTreeOf } from "../../src/profile/call-tree.ts";
import { differenceKeyOf, differenceOf } from "../../src/profile/difference.ts";
import { joinProfile } from "../../src/profile/join.ts";
import { ofCell, raw } from "./raw.ts";

const before = joinProfile(raw, ofCell);
/** The workload does 40 more per frame, and lies two lines further down. */
const after = joinProfile(
  {
    ...raw,
    stacks: raw.stacks.replace("cell 2 20244 64", `cell 2 20244 ${64 + 40 * 64}`),
    compiled: raw.compiled.replace("ipv4.ts:12", "ipv4.ts:14"),
  },
  { ...ofCell, p50: 50 },
);

describe("a difference", () => {
  it("of a profile to itself is empty", () => {
    expect(differenceOf(before, before)).toMatchObject({ before: 10, after: 10, functions: [] });
  });

  it("names planted work, though the function moved in its file", () => {
    const { functions } = differenceOf(before, after);
    expect(functions).toEqual([
      {
        frame: { name: "*forward ipv4.ts:14", object: "packages/workloads/src/ipv4.ts" },
        before: 2,
        after: 42,
      },
    ]);
  });

  it("has what got dearer first, and what is gone last", () => {
    const { functions } = differenceOf(after, before);
    expect(functions[0]).toMatchObject({ before: 42, after: 2 });
  });

  it("takes a BPF program that changed for the same one", () => {
    const frame = (tag: string) => ({ name: `bpf_prog_${tag}_iopath_forward`, object: "[bpf]" });
    const [one, other] = ["0123456789abcdef", "fedcba9876543210"].map(frame);
    expect(differenceKeyOf(one!)).toBe(differenceKeyOf(other!));
  });

  it.each(["ip_rcv_finish_core.isra.0", "ip_rcv_finish_core.constprop.0.cold"])(
    "takes a function that gcc cut for the same one: %s",
    (name) => {
      const plain = { name: "ip_rcv_finish_core", object: "kernel" };
      expect(differenceKeyOf({ name, object: "kernel" })).toBe(differenceKeyOf(plain));
    },
  );

  it("adds up", () => {
    const { before: there, after: here, functions } = differenceOf(before, after);
    const sum = functions.reduce((all, one) => all + one.after - one.before, 0);
    expect(sum).toBeCloseTo(here - there, 9);
  });

  it("is in the text, function by function", () => {
    const text = formatProfile(after, { before, top: 5, screen: paper });
    expect(text).toMatch(
      /10\.00 there, \+40\.00 here; 1 of 13 functions differ\n.*\n\*forward ipv4\.ts:14 .* \+40\.0$/m,
    );
  });
});

it("a text says when functions do not add up to the figure", () => {
  const off = { ...before, p50: 11 };
  const text = formatProfile(off, { before: undefined, top: 5, screen: paper });
  expect(text).toContain("SOMETHING WAS NOT COUNTED");
});

it("a text says how much of the instructions has no name", () => {
  const library = { name: "[libc.so.6]", object: "libc.so.6" };
  const stacks = [...before.stacks, { frames: [library], count: 160 }];
  const text = formatProfile({ ...before, stacks }, { before: undefined, top: 5, screen: paper });
  expect(text).toContain("20.00 % without a name");
});

it("a tree has both sides of each call, and adds up", () => {
  const tree = callTreeOf(after, before);
  expect([tree.after, tree.before]).toEqual([50, 10]);
  const sum = tree.children.reduce((all, child) => all + child.after, 0);
  expect(sum).toBeCloseTo(50, 9);
});
