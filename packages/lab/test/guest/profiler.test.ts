import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cacheFolder } from "../../src/guest/cache.ts";
import { igb } from "../../src/guest/machines/index.ts";
import { buildProfiler, profilerFile, tryProfiler } from "../../src/guest/profiler.ts";
import { commandLine } from "../../src/guest/qemu.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "iopath-profiler-"));
  vi.stubEnv("XDG_CACHE_HOME", home);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

describe("the profiler", () => {
  test("is compiled for every QEMU, once", async () => {
    const told: string[] = [];
    await buildProfiler((line) => told.push(line));
    await buildProfiler((line) => told.push(line));
    expect(told).toEqual(["compiling the profiler"]);
    for (const qemu of ["qemu-11", "qemu-10", "qemu-7.2"] as const) {
      expect(existsSync(profilerFile(qemu))).toBe(true);
    }
  });

  test("without a compiler says what to install, and leaves nothing", async () => {
    vi.stubEnv("PATH", home);
    await expect(buildProfiler(() => {})).rejects.toMatchObject({
      exitStatus: 2,
      message: "the profiler is built here, and there is no gcc",
      remedy: "sudo apt-get install -y gcc make libc6-dev",
    });
    expect(existsSync(cacheFolder()) ? readdirSync(cacheFolder()) : []).toEqual([]);
  });

  test("is refused before a boot when QEMU has no plugins, in QEMU's own words", () => {
    const tree = join(home, "tree");
    const folder = join(tree, "lib/x86_64-linux-gnu");
    mkdirSync(folder, { recursive: true });
    const said = "qemu: -plugin: invalid option";
    const qemu = `#!/bin/sh\necho '${said}' >&2\nexit 1\n`;
    writeFileSync(join(folder, "ld-linux-x86-64.so.2"), qemu, { mode: 0o755 });
    expect(() => tryProfiler(igb, tree)).toThrow(
      expect.objectContaining({
        message: `qemu-10 does not load the profiler: ${said}`,
        remedy: expect.stringContaining("--enable-plugins"),
      }),
    );
  });
});

test("a guest that is profiled has the profiler, which writes into the guest's folder", () => {
  const packages = { qemu: "/q", kernel: "/k", initramfs: "/i", kernelVersion: "6.1" };
  const { memoryMiB, platform, devices } = igb;
  const machine = {
    clock: "instructions",
    accelerator: "tcg",
    memoryMiB,
    platform,
    devices,
  } as const;
  const line = commandLine(packages, { ...machine, profiler: "/a,b/p.so" }, "/guest");
  expect(line.slice(-2)).toEqual(["-plugin", "/a,,b/p.so,out=/guest/profile"]);
  expect(commandLine(packages, machine, "/guest")).not.toContain("-plugin");
});
