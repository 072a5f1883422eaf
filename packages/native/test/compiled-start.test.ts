import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";

const program = join(import.meta.dirname, "compiled-start-program.ts");
/** V8 prints what it compiles, with why it would give the code up. */
const printing = ["--print-opt-code", "--print-opt-code-filter=sumUp"];

interface Start {
  readonly pid: number;
  readonly args: readonly string[];
  readonly execArgv: readonly string[];
  readonly stripped: boolean;
}

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "iopath-compiled-"));
  onTestFinished(() => rmSync(cache, { recursive: true }));
});

function run(flags: readonly string[], environment: Record<string, string | undefined>) {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const options = {
    encoding: "utf8",
    env: { ...env, ...environment },
    maxBuffer: 1 << 26,
  } as const;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...flags, program, "one", "two"],
    options,
  );
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const starts = stdout.split("\n").filter((line) => line.startsWith('{"pid"'));
  return { stdout, starts: starts.map((line) => JSON.parse(line) as Start) };
}

describe("a process that stripped types", () => {
  test("begins anew, compiled, with its id, flags and arguments", () => {
    const { starts } = run(["--expose-gc"], { NODE_COMPILE_CACHE: cache });
    expect(starts.map(({ stripped }) => stripped)).toEqual([true, false]);
    expect(starts.map(({ args }) => args)).toEqual([
      ["one", "two"],
      ["anew", "one", "two"],
    ]);
    expect(starts[1]).toMatchObject({ pid: starts[0]!.pid, execArgv: ["--expose-gc"] });
  });

  test("goes on as it is without a compile cache", () => {
    expect(run([], {}).starts).toMatchObject([{ stripped: true }]);
  });

  test("gives up when the cache keeps nothing", () => {
    const file = join(cache, "file");
    writeFileSync(file, "");
    expect(run([], { NODE_COMPILE_CACHE: join(file, "folder") }).starts).toMatchObject([
      { stripped: true },
    ]);
  });

  test("has V8 look whether the buffer of a typed array is there", () => {
    const { stdout } = run(printing, {});
    expect(stdout).toContain("array buffer was detached");
  });
});

describe("a process that found its code compiled", () => {
  test("starts once", () => {
    run([], { NODE_COMPILE_CACHE: cache });
    expect(run([], { NODE_COMPILE_CACHE: cache }).starts).toMatchObject([{ stripped: false }]);
  });

  test("has V8 take words of a typed array without looking", () => {
    const { stdout } = run(printing, { NODE_COMPILE_CACHE: cache });
    expect(stdout).toContain("sumUp");
    expect(stdout).not.toContain("array buffer was detached");
  });
});
