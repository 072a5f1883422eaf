import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { compileInThread } from "../src/index.ts";

const program = join(import.meta.dirname, "compiled-start-program.ts");
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

function run(flags: readonly string[], environment: Record<string, string | undefined>): Start[] {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  const args = [...flags, program, "one", "two"];
  const options = { encoding: "utf8", env: { ...env, ...environment } } as const;
  const { stdout, stderr, status } = spawnSync(process.execPath, args, options);
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const starts = stdout.split("\n").filter((line) => line.startsWith('{"pid"'));
  expect(stdout).toMatch(/begun\n$/);
  return starts.map((line) => JSON.parse(line) as Start);
}

describe("a process that stripped types", () => {
  test("restarts itself compiled, with its id, flags and arguments", () => {
    const starts = run(["--expose-gc"], { NODE_COMPILE_CACHE: cache });
    expect(starts.map(({ stripped }) => stripped)).toEqual([true, false]);
    expect(starts.map(({ args }) => args)).toEqual([
      ["one", "two"],
      ["anew", "one", "two"],
    ]);
    expect(starts[1]).toMatchObject({ pid: starts[0]!.pid, execArgv: ["--expose-gc"] });
  });

  test("goes on as it is without a compile cache", () => {
    expect(run([], {})).toMatchObject([{ stripped: true }]);
  });

  test("gives up when the cache keeps nothing", () => {
    const file = join(cache, "file");
    writeFileSync(file, "");
    expect(run([], { NODE_COMPILE_CACHE: join(file, "folder") })).toMatchObject([
      { stripped: true },
    ]);
  });
});

describe("a function that is called 1000 times", () => {
  const isBestAfter = (...args: string[]) => {
    const program = join(import.meta.dirname, "early-program.ts");
    return spawnSync(process.execPath, [compileInThread, program, ...args], { encoding: "utf8" })
      .stdout;
  };

  test("is compiled by V8's best compiler in a process that began compiled", () => {
    expect(isBestAfter("begin")).toBe("true\n");
  });

  test("is not compiled by it in a process that stripped types", () => {
    expect(isBestAfter()).toBe("false\n");
  });
});

describe("a process whose code is in the compile cache", () => {
  test("starts once", () => {
    run([], { NODE_COMPILE_CACHE: cache });
    expect(run([], { NODE_COMPILE_CACHE: cache })).toMatchObject([{ stripped: false }]);
  });
});
