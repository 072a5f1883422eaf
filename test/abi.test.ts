import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sockets from "@iopath/kernel-sockets/abi";
import * as native from "@iopath/native";
import * as functions from "@iopath/sriov-vf/abi";
import * as xdp from "@iopath/xdp/abi";
import { describe, expect, it } from "vitest";

/** The value in our abi.ts files: "mmsghdr.iov" is a property, "BPF_XDP" a constant. */
function ours(name: string): unknown {
  const [first, second] = name.split(".") as [string, string?];
  const found = [native.bpf, native, sockets, xdp, functions].map(
    (module) => (module as Record<string, unknown>)[first],
  );
  const value = found.find((candidate) => candidate !== undefined);
  return second === undefined ? value : (value as Record<string, unknown> | undefined)?.[second];
}

/** Compiles the C file against the system's headers, runs it, and reads its "name value" lines. */
function fromHeaders(): [name: string, value: number][] {
  const folder = mkdtempSync(join(tmpdir(), "iopath-abi-"));
  try {
    const program = join(folder, "offsets");
    execFileSync("gcc", ["-o", program, join(import.meta.dirname, "abi/offsets.c")]);
    const lines = execFileSync(program, { encoding: "utf8" }).trim().split("\n");
    return lines.map((line) => {
      const [name, value] = line.split(" ") as [string, string];
      return [name, Number(value)];
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("the ABI as the packages have it", () => {
  it.each(fromHeaders())("has %s as the system's headers do: %d", (name, value) => {
    expect(ours(name)).toBe(value);
  });
});
