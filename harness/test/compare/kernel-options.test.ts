import { expect, test } from "vitest";
import { optionDifferences } from "../../src/compare/kernel-options.ts";

const configs: Record<string, string> = {
  a: "CONFIG_HZ=250\nCONFIG_PREEMPT=y\n# CONFIG_LTO is not set\n",
  b: "CONFIG_HZ=1000\nCONFIG_LTO=y\nCONFIG_PREEMPT=y\n",
};
const find = (hash: string) => configs[hash];

test("options that differ between two kernels are named with their values", () => {
  expect(optionDifferences("guest-igb", ["a", "b"], find)).toEqual([
    ["guest-igb: CONFIG_HZ", "250", "1000"],
    ["guest-igb: CONFIG_LTO", "n", "y"],
  ]);
});

test.each([
  ["of equal kernels", ["a", "a"]],
  ["of a run that does not say", ["a", undefined]],
  ["of a kernel without a configuration", ["a", ""]],
])("nothing is said %s", (_what, hashes) => {
  expect(optionDifferences("guest-igb", hashes, find)).toEqual([]);
});

test("a configuration that this machine has not is said to be unknown", () => {
  expect(optionDifferences("guest-igb", ["a", "c"], find)).toEqual([
    ["guest-igb: options of the kernel", "known", "not known here"],
  ]);
});

test("of very many the first are named, and the others counted", () => {
  const many = Array.from({ length: 100 }, (_, i) => `CONFIG_X${String(i).padStart(2, "0")}`);
  const text = (value: string) => many.map((name) => `${name}=${value}`).join("\n");
  const lines = optionDifferences("s", ["y", "m"], text);
  expect(lines).toHaveLength(41);
  expect(lines.at(-1)).toEqual(["s: 60 more options", "y", "m"]);
});
