/** Entries of kernels in the cache, made of kernels of the user's own. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cacheFolder } from "../../../src/guest/cache.ts";
import { bootModules, configHashOf, modulesFor } from "../../../src/guest/kernels/guest-kernel.ts";
import {
  cachedKernels,
  isLookUpDue,
  linkEntry,
  linkedEntry,
  pruneKernels,
} from "../../../src/guest/kernels/kernel-cache.ts";
import { optionOf } from "../../../src/guest/kernels/kernel-options.ts";
import { limitsOfDays, usualLimits } from "../../../src/guest/kernels/prune.ts";
import { findKernelEntry, setUpKernel } from "../../../src/guest/kernels/set-up-kernel.ts";
import { guestMachines, igb } from "../../../src/guest/machines/index.ts";
import { hashOfTexts } from "../../../src/guest/toolchain.ts";
import { madeElf, madeModule, writeTree } from "./made-kernel.ts";

const dayMs = 24 * 60 * 60_000;
const toolsPackages = ["bookworm", "busybox-static", "xz-utils"];
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "iopath-kernels-"));
  vi.stubEnv("XDG_CACHE_HOME", home);
  const tools = join(cacheFolder(), `tools-${hashOfTexts(toolsPackages)}`);
  writeTree(tools, { "bin/busybox": "busybox" });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

const modules = [...bootModules, "veth", ...igb.modules];
const setUp = (name: string) => setUpKernel({ name, modules }, () => {}, undefined);

/** An installed kernel with these modules; all others are missing. */
function install(names: readonly string[]): string {
  const folder = join(home, "linux");
  const files = names.map((name) => [`lib/modules/6.9.1-me/kernel/${name}.ko`, madeModule()]);
  const builtIn = { "lib/modules/6.9.1-me/modules.builtin": "kernel/fs/overlayfs/overlay.ko\n" };
  writeTree(folder, { vmlinux: madeElf({}), ...builtIn, ...Object.fromEntries(files) });
  return folder;
}

describe("an entry", () => {
  test("has the kernel, the modules that machines load, and nothing else", async () => {
    const folder = install(["veth", "igb", "gpu"]);
    expect(findKernelEntry({ name: folder, modules })).toBeUndefined();
    const entry = await setUp(folder);
    expect(readdirSync(entry).sort()).toEqual([
      "busybox",
      "modules",
      "origin",
      "version",
      "vmlinux",
    ]);
    const kept = readdirSync(join(entry, "modules")).sort();
    expect(kept).toEqual(["igb.ko", "modules.builtin", "veth.ko"]);
    expect(findKernelEntry({ name: folder, modules })).toBe(entry);
    expect(cachedKernels()).toMatchObject([{ release: "6.9.1-me", origin: folder }]);
  });

  test("says where its kernel is from, wherever it was named", async () => {
    const folder = install(["veth"]);
    await setUp(relative(process.cwd(), folder));
    expect(cachedKernels()).toMatchObject([{ origin: folder }]);
  });

  test("is not made of an image and modules of another build", async () => {
    const folder = install(["veth"]);
    writeTree(folder, { vmlinux: madeElf({ release: "6.9.2-me" }) });
    await expect(setUp(folder)).rejects.toThrow(
      /vmlinux is Linux 6\.9\.2-me, and the modules beside it are of 6\.9\.1-me$/,
    );
    expect(cachedKernels()).toEqual([]);
  });
});

describe("what a kernel lacks", () => {
  const boot = bootModules.filter((name) => name !== "overlay"); // that one is built in

  test("of a machine is named with its option, and the rest is loaded", async () => {
    const entry = await setUp(install([...boot, "veth", "igb"]));
    const { lacks, devices } = modulesFor(entry, igb);
    expect(lacks).toContain("igbvf (CONFIG_IGBVF)");
    expect(devices.map((file) => basename(file))).toEqual(["igb.ko", "veth.ko"]);
  });

  test.each(["veth", "9p"])("is refused where no path runs without it: %s", async (name) => {
    const entry = await setUp(install([...boot, "veth"].filter((one) => one !== name)));
    expect(() => modulesFor(entry, igb)).toThrow(
      expect.objectContaining({
        message: `kernel 6.9.1-me has no ${name} (${optionOf(name)}), which a guest needs (machine igb)`,
        remedy: expect.stringContaining("iopath kernels"),
      }),
    );
  });

  test("is not known of an image alone, but by its own configuration", async () => {
    const silent = join(home, "silent");
    const telling = join(home, "telling");
    writeTree(home, { silent: madeElf({}), telling: madeElf({ config: "CONFIG_VETH=y\n" }) });
    expect(modulesFor(await setUp(silent), igb).lacks).toEqual([]);
    const entry = await setUp(telling);
    expect(() => modulesFor(entry, igb)).toThrow(/has no virtio_pci \(CONFIG_VIRTIO_PCI\)/);
  });

  test("can be told for every module of every machine", () => {
    const all = [...bootModules, ...guestMachines.flatMap((machine) => machine.modules)];
    expect(all.filter((name) => optionOf(name) === undefined)).toEqual([]);
  });
});

test("a configuration's hash is of its options, in whatever order", () => {
  const [one, other] = [
    "CONFIG_A=y\n# CONFIG_C is not set\nCONFIG_B=m\n",
    "CONFIG_B=m\nCONFIG_A=y\n",
  ];
  expect(configHashOf(one)).toBe(configHashOf(other));
  expect(configHashOf(one)).not.toBe(configHashOf("CONFIG_A=m\nCONFIG_B=m\n"));
  expect(configHashOf(undefined)).toBe("");
});

test("a name stands for the entry that it was last found to be, and is looked up every day", () => {
  for (const name of ["linux-6.12.1-h", "linux-6.12.2-h"]) mkdirSync(join(cacheFolder(), name));
  expect(isLookUpDue("debian:6.12", "h")).toBe(true);
  linkEntry("debian:6.12", "h", "linux-6.12.1-h");
  linkEntry("debian:6.12", "h", "linux-6.12.2-h");
  expect(linkedEntry("debian:6.12", "h")).toBe(join(cacheFolder(), "linux-6.12.2-h"));
  expect(isLookUpDue("debian:6.12", "h")).toBe(false);
  expect(isLookUpDue("debian:6.12", "h", Date.now() + 2 * dayMs)).toBe(true);
  rmSync(join(cacheFolder(), "linux-6.12.2-h"), { recursive: true });
  expect(linkedEntry("debian:6.12", "h")).toBeUndefined();
});

/** An entry of a kernel that was used so many days ago. */
function add(release: string, days: number, bytes: number, origin = "debian:6.12"): string {
  const entry = join(cacheFolder(), `linux-${release}`);
  writeTree(entry, { version: release, origin, vmlinux: "", modules: Buffer.alloc(bytes) });
  const at = new Date(Date.now() - days * dayMs);
  utimesSync(entry, at, at);
  return entry;
}

test("kernels that were not used for a month are removed, and of too many the longest unused", () => {
  add("today", 0, 10);
  add("week", 7, 10);
  add("old", 31, 10);
  const told: string[] = [];
  pruneKernels((line) => told.push(line), usualLimits(1000));
  expect(told).toEqual(["removing kernel old from the cache, not used for 31 days"]);
  pruneKernels((line) => told.push(line), usualLimits(40));
  expect(existsSync(join(cacheFolder(), "linux-week"))).toBe(false);
  expect(cachedKernels().map(({ release }) => release)).toEqual(["today"]);
});

test("what `debian` stands for stays in any case, since baselines depend on it", () => {
  for (const [release, days] of [
    ["6.1.0-50", 40],
    ["6.1.0-47", 50],
  ] as const) {
    add(release, days, 10, "debian");
  }
  add("6.12", 1, 10);
  pruneKernels(() => {}, limitsOfDays(0));
  expect(cachedKernels().map(({ release }) => release)).toEqual(["6.1.0-50"]);
});

test("archives to boot with go with the days as well, and their bytes are told", () => {
  const archive = join(cacheFolder(), "initramfs-abcd");
  writeTree(archive, { "initramfs.gz": Buffer.alloc(100) });
  expect(pruneKernels(() => {}, limitsOfDays(1))).toBe(0);
  expect(pruneKernels(() => {}, limitsOfDays(0))).toBe(100);
  expect(existsSync(archive)).toBe(false);
});

test("of a folder that is built again and again, entries go that nothing can name any more", async () => {
  const folder = join(home, "linux");
  const entries: string[] = [];
  for (const release of ["6.9.1-me", "6.9.2-me", "6.9.3-me"]) {
    writeTree(folder, { vmlinux: madeElf({ release }) });
    entries.push(await setUp(folder));
  }
  expect(entries.map((entry) => existsSync(entry))).toEqual([true, true, true]);
  const before = new Date(Date.now() - 2 * 60 * 60_000);
  for (const entry of entries) utimesSync(entry, before, before);
  await setUp(folder);
  expect(entries.map((entry) => existsSync(entry))).toEqual([false, false, true]);
});
