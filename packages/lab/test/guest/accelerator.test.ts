import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bestAccelerator } from "../../src/guest/accelerator.ts";
import { cacheFolder } from "../../src/guest/cache.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "iopath-kvm-"));
  vi.stubEnv("XDG_CACHE_HOME", home);
  mkdirSync(cacheFolder(), { recursive: true });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

/** Packages whose QEMU is this shell script, and a device that may be opened. */
function host(script: string) {
  const qemu = join(home, "qemu");
  const loader = join(qemu, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
  mkdirSync(dirname(loader), { recursive: true });
  writeFileSync(loader, `#!/bin/sh\n${script}\n`);
  chmodSync(loader, 0o755);
  const kvm = join(home, "kvm");
  writeFileSync(kvm, "");
  const packages = { qemu, kernel: "vmlinux", initramfs: "initramfs", kernelVersion: "6.1" };
  return { packages, kvm };
}

test.each([
  ["boots a kernel in it", "exit 0", "kvm"],
  ["refuses it", "echo 'failed to initialize kvm: Permission denied' >&2; exit 1", "tcg"],
] as const)("KVM is taken where the host %s", async (_what, script, accelerator) => {
  const { packages, kvm } = host(script);
  expect(await bestAccelerator(packages, "wall", kvm)).toBe(accelerator);
});

test("KVM is tried once per start of the machine", async () => {
  const { packages, kvm } = host(`echo asked >> ${home}/asked; exit 1`);
  await bestAccelerator(packages, "wall", kvm);
  rmSync(join(home, "asked"));
  expect(await bestAccelerator(packages, "wall", kvm)).toBe("tcg");
  expect(existsSync(join(home, "asked"))).toBe(false);
});

test("KVM is not tried for the instruction clock, nor without the device", async () => {
  const { packages, kvm } = host(`echo asked > ${home}/asked`);
  expect(await bestAccelerator(packages, "instructions", kvm)).toBe("tcg");
  expect(await bestAccelerator(packages, "wall", join(home, "no-kvm"))).toBe("tcg");
  expect(existsSync(join(home, "asked"))).toBe(false);
});
