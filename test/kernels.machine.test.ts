/** A guest with a kernel of the user's own: Debian's, as `make modules_install` lays it out. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { findGuestPackages, setUpGuestPackages } from "@iopath/lab/guest";
import { afterAll, beforeAll, expect, it } from "vitest";
import { iopath } from "./command.ts";
import { readRows } from "./rows.ts";

const folder = mkdtempSync(join(tmpdir(), "iopath-own-kernel-"));
const own = join(folder, "my-linux");
/** Left out, so that the kernel lacks a driver. */
const lacking = "igb.ko";
let release: string;

beforeAll(async () => {
  await setUpGuestPackages(() => {});
  const { kernel, kernelVersion } = findGuestPackages();
  release = kernelVersion;
  const entry = dirname(kernel);
  const modules = join(own, "lib/modules", release);
  mkdirSync(join(modules, "kernel"), { recursive: true });
  copyFileSync(kernel, join(own, "vmlinux"));
  copyFileSync(join(entry, "modules/modules.builtin"), join(modules, "modules.builtin"));
  copyFileSync(join(entry, "config"), join(modules, "config"));
  const files = readdirSync(join(entry, "modules")).filter((name) => name.endsWith(".ko"));
  for (const [i, name] of files.filter((one) => one !== lacking).entries()) {
    const module = readFileSync(join(entry, "modules", name));
    const [packed, end] = i % 2 ? [gzipSync(module), "gz"] : [zstdCompressSync(module), "zst"];
    writeFileSync(join(modules, "kernel", `${name}.${end}`), packed);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

it("measures with it; what it has no driver for is skipped, with the option", async () => {
  const out = join(folder, "run");
  const small = ["--frame-bytes", "64", "--window", "64", "--samples", "20", "--rounds", "1"];
  const which = ["--path", "xdp,sriov-vf", "--variant", "native,vfio", "--clock", "instructions"];
  const ended = await iopath("run", "--kernel", own, ...which, ...small, "--out", out);
  expect(ended.status, ended.complaint).toBe(0);
  const rows = readRows(out);
  const [native, vfio] = ["xdp", "sriov-vf"].map((path) => rows.find((row) => row.path === path));
  expect(native).toMatchObject({
    cell: "guest/igb/my-linux/instructions/xdp/native/64B/burst64/flows1/window64",
    ...{ status: "measured", class: "emulated", guest_kernel: "my-linux", kernel: release },
    kernel_config: findGuestPackages().kernelConfig,
  });
  expect(native!.p50).toBeGreaterThan(0);
  expect(vfio).toMatchObject({ status: "skipped" });
  expect(vfio!.reason).toContain(`kernel ${release} has no igb (CONFIG_IGB)`);
});
