import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { allowedCpus, formatCpus, onlineCpus, parseCpus } from "../src/index.ts";

const source = resolve(import.meta.dirname, "../src/index.ts");

function within(cpus: string, code: string) {
  const program = `import * as native from ${JSON.stringify(source)}; ${code}`;
  const node = [process.execPath, "--input-type=module", "--eval", program];
  return spawnSync("taskset", ["-c", cpus, ...node], { encoding: "utf8" });
}

describe("the CPUs of a process", () => {
  it("are those that the scheduler gives it, and are online", () => {
    const first = String(allowedCpus()[0]);
    const { stdout } = within(first, "console.log(native.allowedCpus().join())");
    expect(stdout.trim()).toBe(first);
    expect(allowedCpus().filter((cpu) => !onlineCpus().includes(cpu))).toEqual([]);
  });

  it("are named by the error when a thread is to be pinned to another CPU", () => {
    const code =
      "try { native.pinToCpu(8000) } catch (error) { console.log(error.message, error.remedy) }";
    const first = String(allowedCpus()[0]);
    const { stdout } = within(first, code);
    expect(stdout).toContain("this process may not run on CPU 8000");
    expect(stdout).toContain(`name one of CPUs ${first};`);
  });

  it("are read and written as the kernel lists them", () => {
    expect(parseCpus("0-3,8,10-11\n")).toEqual([0, 1, 2, 3, 8, 10, 11]);
    expect(parseCpus("\n")).toEqual([]);
    expect(formatCpus([0, 1, 2, 3, 8, 10, 11])).toBe("0-3,8,10-11");
    expect(formatCpus([])).toBe("");
  });
});
