import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileInThread, loaderFlags } from "../src/index.ts";

const program = join(import.meta.dirname, "early-program.ts");

function run(flags: readonly string[], ...args: string[]) {
  const all = [...flags, compileInThread, program, ...args];
  return spawnSync(process.execPath, all, { encoding: "utf8" });
}

describe("a function that is called 1000 times", () => {
  test("is compiled by V8's best compiler in a process that shall compile early", () => {
    expect(run(loaderFlags(), "early").stdout).toBe("true\n");
  });

  test("is not compiled by it in another one", () => {
    expect(run(loaderFlags()).stdout).toBe("false\n");
  });
});

test("a process that stripped types does not measure, and says how to start it", () => {
  const { stderr, status } = run([], "early");
  expect(stderr).toContain("start it with loaderFlags()");
  expect(status).toBe(1);
});
