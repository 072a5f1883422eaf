import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import * as abi from "../src/abi.ts";

/** libibverbs-dev has it; without it there is nothing to compare with. */
const header = "/usr/include/infiniband/verbs.h";

/** Compiles the C file against the header, runs it, and reads its "name value" lines. */
function fromHeader(): [name: string, value: string][] {
  const folder = mkdtempSync(join(tmpdir(), "iopath-verbs-abi-"));
  try {
    const program = join(folder, "offsets");
    execFileSync("gcc", ["-o", program, join(import.meta.dirname, "offsets.c")]);
    const lines = execFileSync(program, { encoding: "utf8" }).trim().split("\n");
    return lines.map((line) => line.split(" ") as [string, string]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** "ibvSge.length" is a property, "IBV_QPT_RC" a constant. */
function ours(name: string): unknown {
  const [first, second] = name.split(".") as [string, string?];
  const value = (abi as Record<string, unknown>)[first];
  return second === undefined ? value : (value as Record<string, unknown>)[second];
}

const lines = existsSync(header) ? fromHeader() : [];

describe("the verbs ABI as abi.ts has it", () => {
  it("is that of a header, where one is installed", () => {
    expect(lines.length).toBeGreaterThan(existsSync(header) ? 100 : -1);
  });

  it.each(lines)("has %s as verbs.h does: %s", (name, value) => {
    expect(String(ours(name))).toBe(value);
  });
});
