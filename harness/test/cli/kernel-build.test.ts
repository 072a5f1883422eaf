/** `iopath kernel build` of a made tree: what it prints, and where it leaves the kernel. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeTree } from "../../../packages/lab/test/guest/kernels/build/made-tree.ts";
import type { KernelBuildPlan } from "../../src/cli/kernel-plans.ts";
import { performKernelBuild } from "../../src/cli/perform/kernel-build.ts";

let folder: string;
let source: string;
let printed: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "iopath-kernel-build-"));
  source = makeTree(folder);
  printed = "";
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function build(more: Partial<KernelBuildPlan>): Promise<number> {
  const usual = { into: undefined, copy: undefined, options: undefined, jobs: 1 };
  const plan = { does: "kernel build" as const, source, ...usual, ...more };
  return performKernelBuild(plan, new AbortController().signal);
}

it("prints how to boot what is built", async () => {
  const into = join(folder, "built");
  expect(await build({ into })).toBe(0);
  expect(printed).toMatch(/^Linux 6\.12\.0-me is built, in \d+ min \d+ s: --kernel \/.*\/built\n$/);
});

it("leaves a copy that later builds don't change", async () => {
  const copy = join(folder, "before");
  await build({ copy });
  expect(printed).toMatch(/: --kernel \/.*\/before\n$/);
  const before = readFileSync(copy);
  writeFileSync(join(source, "main.c"), "int other(void) { return 1; }\n");
  await build({});
  expect(readFileSync(copy)).toEqual(before);
});

it("is refused before anything is built when the copy can't be written", async () => {
  const copy = join(folder, "nowhere/before");
  await expect(build({ copy })).rejects.toMatchObject({ exitStatus: 6 });
  expect(printed).toBe("");
});
