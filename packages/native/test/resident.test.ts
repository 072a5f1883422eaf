import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { loaderFlags, residentBytesMax } from "@iopath/native";
import { expect, it } from "vitest";

const program = resolve(import.meta.dirname, "../src/resident.ts");
const bytes = 400 * 2 ** 20;

it("the most memory of a process grows by what it uses, and stays when that is given back", () => {
  const before = residentBytesMax();
  let held: Buffer | undefined = Buffer.alloc(bytes, 1);
  const after = residentBytesMax();
  expect(held.length).toBe(bytes);
  held = undefined;
  globalThis.gc?.();
  expect(after).toBeGreaterThan(before);
  expect(after).toBeGreaterThanOrEqual(bytes);
  expect(residentBytesMax()).toBeGreaterThanOrEqual(after);
});

it("that of a child is without its parent's", () => {
  const held = Buffer.alloc(bytes, 1);
  const script = `
    import { residentBytesMax } from ${JSON.stringify(program)};
    console.log(residentBytesMax());`;
  const flags = [...loaderFlags(), "--input-type=module", "--eval", script];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(held.length).toBe(bytes);
  expect(Number(stdout)).toBeGreaterThan(10 * 2 ** 20);
  expect(Number(stdout)).toBeLessThan(bytes);
});
