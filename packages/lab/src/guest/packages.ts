/** What a guest is made of, as folders of the cache: QEMU, a kernel, and the initramfs. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { ExitStatus, IopathError } from "@iopath/contract";
import { cached, cacheFolder, requireSpace, WorkFolder } from "./cache.ts";
import { type ArchiveFile, cpioArchive } from "./cpio.ts";
import { Apt, type PackageName, suitesOf } from "./debian.ts";
import { requireGuestFolder } from "./guest-folder.ts";
import { bootModules, configHashOf, modulesFor } from "./kernels/guest-kernel.ts";
import { configOf, entryFiles, initramfsPrefix, touch } from "./kernels/kernel-cache.ts";
import { usualKernel } from "./kernels/kernel-name.ts";
import { findKernelEntry, type KernelOrder, setUpKernel } from "./kernels/set-up-kernel.ts";
import type { GuestKernel, GuestMachine, QemuName } from "./machine.ts";
import { guestMachines } from "./machines/index.ts";
import { hashOfTexts, release, throughLoader } from "./toolchain.ts";

/** Archives and unpacked trees at once. */
const unpackBytes = 1000 * 2 ** 20;

interface QemuRecipe {
  /** Where its libraries are from. */
  readonly release: string;
  readonly suite: string;
  readonly version: RegExp;
}

export const qemus: Record<QemuName, QemuRecipe> = {
  "qemu-11": { release: "trixie", suite: "trixie-backports", version: /version 11\./ },
  "qemu-10": { release, suite: `${release}-backports`, version: /version 10\./ },
  "qemu-7.2": { release, suite: release, version: /version 7\.2/ },
};

/** A guest's parts, as paths. */
export interface GuestFiles {
  /** QEMU's tree, with every library it needs and the loader that starts it. */
  readonly qemu: string;
  /** An uncompressed ELF kernel: QEMU boots it directly by its PVH note. */
  readonly kernel: string;
  readonly initramfs: string;
}

interface GuestPackages extends GuestFiles {
  /** As uname(1) says it in the guest: "6.1.0-50-amd64". */
  readonly kernelVersion: string;
  /** Beginning of the hash of the kernel's configuration; empty where it is not known. */
  readonly kernelConfig: string;
  /** "igb (CONFIG_IGB)": what the kernel has not of what the machine loads. */
  readonly lacks: readonly string[];
}

/**
 * The packages that are in the cache already, without a look at the network.
 *
 * @param kernel see kernels/kernel-name.ts
 */
export function findGuestPackages(
  machine: GuestMachine = guestMachines[0],
  kernel: string = usualKernel,
): GuestPackages {
  const root = cacheFolder();
  const entry = findKernelEntry(orderOf(kernel)) ?? join(root, `the entry of kernel ${kernel}`);
  const packages = {
    qemu: join(root, machine.qemu),
    kernel: join(entry, entryFiles.image),
    initramfs: join(root, initramfsName(entry, machine), "initramfs.gz"),
  };
  const missing = Object.values(packages).find((path) => !existsSync(path));
  if (missing === undefined) {
    return {
      ...packages,
      kernelVersion: versionIn(entry),
      kernelConfig: configHashOf(configOf(entry)),
      lacks: modulesFor(entry, machine).lacks,
    };
  }
  throw new IopathError(ExitStatus.cannotRun, `the guest's packages are not there: no ${missing}`, {
    remedy:
      "`npm run setup:guest` fetches them into your cache folder, and a run the kernel it names",
  });
}

function versionIn(entry: string): string {
  return readFileSync(join(entry, entryFiles.version), "utf8");
}

/** A kernel that is in the cache. */
export function guestKernel(kernel: string = usualKernel): GuestKernel {
  const folder = findKernelEntry(orderOf(kernel));
  if (folder !== undefined) return { folder, version: versionIn(folder) };
  throw new IopathError(ExitStatus.cannotRun, `kernel ${kernel} is not in the cache`);
}

/**
 * Fetches and makes what is missing; with all there it only looks.
 *
 * @param tell gets a line before each step that takes time
 * @param signal ends the fetching; what is half-made is removed
 * @param kernel see kernels/kernel-name.ts
 */
export async function setUpGuestPackages(
  tell: (line: string) => void,
  machine: GuestMachine = guestMachines[0],
  signal?: AbortSignal,
  kernel: string = usualKernel,
): Promise<void> {
  requireGuestFolder();
  await cached(machine.qemu, async (folder) => {
    requireSpace(unpackBytes);
    const { suite } = qemus[machine.qemu];
    tell(`fetching ${machine.qemu} and its libraries (37 MB) from Debian ${suite}`);
    await fetchQemu(qemus[machine.qemu], folder, signal);
  });
  const entry = await setUpKernel(orderOf(kernel), tell, signal);
  const initramfs = await cached(initramfsName(entry, machine), (folder) => {
    tell(`building the initramfs of machine ${machine.name}`);
    writeFileSync(join(folder, "initramfs.gz"), buildInitramfs(entry, machine));
  });
  touch(initramfs);
  const { lacks } = modulesFor(entry, machine);
  if (lacks.length > 0) {
    tell(`kernel ${versionIn(entry)} has no ${lacks.join(", ")}: what needs it is skipped`);
  }
  await machine.setUp?.(tell, guestKernel(kernel), signal);
}

/** An entry keeps what every machine loads. */
function orderOf(kernel: string): KernelOrder {
  const ofMachines = guestMachines.flatMap(({ modules }) => modules);
  return { name: kernel, modules: [...new Set([...bootModules, ...ofMachines])].sort() };
}

async function fetchQemu(
  recipe: QemuRecipe,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  using work = new WorkFolder(cacheFolder(), "apt");
  const names = ["qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios"];
  const packages = names.map((name): PackageName => ({ name, suite: recipe.suite }));
  const apt = await Apt.open(work.path, suitesOf(recipe.release), signal);
  await apt.unpack(packages, folder);
  linkLibraries(folder);
  const [loader, ...args] = throughLoader(folder, "usr/bin/qemu-system-x86_64");
  requireVersion(execFileSync(loader!, [...args, "--version"], { encoding: "utf8" }), recipe);
}

/** @throws IopathError when a mirror has another QEMU under this name than guests are made for */
export function requireVersion(version: string, recipe: QemuRecipe): void {
  if (recipe.version.test(version)) return;
  const got = version.split("\n")[0];
  throw new IopathError(ExitStatus.cannotRun, `Debian ${recipe.suite} has "${got}"`, {
    remedy: `the guest is made for ${recipe.version.source}: name a mirror of Debian ${recipe.release}`,
  });
}

/** Since Debian 13 packages put all libraries below usr; an installed system has this link. */
function linkLibraries(tree: string): void {
  if (!existsSync(join(tree, "lib"))) symlinkSync("usr/lib", join(tree, "lib"));
}

const initFile = join(import.meta.dirname, "init.sh");

/** Carries a hash of all that the initramfs is made from, so that it is never stale. */
function initramfsName(entry: string, { modules }: GuestMachine): string {
  const init = readFileSync(initFile, "utf8");
  return `${initramfsPrefix}${hashOfTexts([init, basename(entry), ...modules])}`;
}

/** `boot` and `devices` name modules in loading order. */
function buildInitramfs(entry: string, machine: GuestMachine): Buffer {
  const { boot, devices } = modulesFor(entry, machine);
  const file = (path: string, from: string, executable = false): ArchiveFile => {
    return { path, content: readFileSync(from), executable };
  };
  const list = (path: string, modules: readonly string[]): ArchiveFile => {
    const lines = modules.map((module) => `${basename(module)}\n`).join("");
    return { path, content: Buffer.from(lines), executable: false };
  };
  const archive = cpioArchive([
    file("init", initFile, true),
    file("bin/busybox", join(entry, entryFiles.busybox), true),
    list("modules/boot", boot),
    list("modules/devices", devices),
    ...[...boot, ...devices].map((path) => file(`modules/${basename(path)}`, path)),
  ]);
  return gzipSync(archive, { level: 1 });
}
