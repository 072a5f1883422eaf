/** What a guest is made of, as folders of the cache: QEMU, a kernel, and the initramfs. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { ExitStatus, IopathError } from "@iopath/contract";
import { cached, cacheFolder, requireSpace, WorkFolder } from "./cache.ts";
import { type ArchiveFile, cpioArchive } from "./cpio.ts";
import { Apt, type PackageName } from "./debian.ts";
import { requireGuestFolder } from "./guest-folder.ts";
import { compressedPayload, modulesInOrder } from "./kernel.ts";
import type { GuestKernel, GuestMachine, QemuName } from "./machine.ts";
import { guestMachines } from "./machines/index.ts";
import { release, throughLoader } from "./toolchain.ts";

/** Archives, unpacked trees and the whole kernel package at once, measured as 750 MiB. */
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

/** Needed to mount the root file system and to talk to the host; the guest is of no use without. */
const bootModules = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"];
/** A guest's parts, as paths. */
export interface GuestPackages {
  /** QEMU's tree, with every library it needs and the loader that starts it. */
  readonly qemu: string;
  /** An uncompressed ELF kernel: QEMU boots it directly by its PVH note. */
  readonly kernel: string;
  readonly initramfs: string;
  /** As uname(1) says it in the guest: "6.1.0-50-amd64". */
  readonly kernelVersion: string;
}

/** The packages that are in the cache already, without a look at the network. */
export function findGuestPackages(machine: GuestMachine = guestMachines[0]): GuestPackages {
  const root = cacheFolder();
  const kernel = join(root, kernelName());
  const version = join(kernel, "version");
  const packages = {
    qemu: join(root, machine.qemu),
    kernel: join(kernel, "vmlinux"),
    initramfs: join(root, initramfsName(machine), "initramfs.gz"),
  };
  const missing = [...Object.values(packages), version].find((path) => !existsSync(path));
  if (missing === undefined) return { ...packages, kernelVersion: readFileSync(version, "utf8") };
  throw new IopathError(ExitStatus.cannotRun, `the guest's packages are not there: no ${missing}`, {
    remedy: "`npm run setup:guest` fetches them into your cache folder",
  });
}

/** The kernel that every machine boots, in the cache. */
export function guestKernel(): GuestKernel {
  const folder = join(cacheFolder(), kernelName());
  return { folder, version: readFileSync(join(folder, "version"), "utf8") };
}

/**
 * Fetches and makes what is missing; with all there it only looks.
 *
 * @param tell gets a line before each step that takes time
 * @param signal ends the fetching; what is half-made is removed
 */
export async function setUpGuestPackages(
  tell: (line: string) => void,
  machine: GuestMachine = guestMachines[0],
  signal?: AbortSignal,
): Promise<void> {
  requireGuestFolder();
  const root = cacheFolder();
  if ([kernelName(), machine.qemu].some((name) => !existsSync(join(root, name)))) {
    requireSpace(unpackBytes);
  }
  await cached(machine.qemu, async (folder) => {
    const { suite } = qemus[machine.qemu];
    tell(`fetching ${machine.qemu} and its libraries (37 MB) from Debian ${suite}`);
    await fetchQemu(qemus[machine.qemu], folder, signal);
  });
  const kernel = await cached(kernelName(), async (folder) => {
    tell(`fetching a kernel (70 MB) from Debian ${release}`);
    await fetchKernel(folder, signal);
  });
  await cached(initramfsName(machine), (folder) => {
    tell(`building the initramfs of machine ${machine.name}`);
    writeFileSync(join(folder, "initramfs.gz"), buildInitramfs(kernel, machine));
  });
  await machine.setUp?.(tell, guestKernel(), signal);
}

async function fetchQemu(
  recipe: QemuRecipe,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  using work = new WorkFolder(cacheFolder(), "apt");
  const names = ["qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios"];
  const packages = names.map((name): PackageName => ({ name, suite: recipe.suite }));
  const apt = await Apt.open(work.path, recipe.release, signal);
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

/** Every module that some machine loads. */
function modulesOfAllMachines(): string[] {
  return [...new Set([...bootModules, ...guestMachines.flatMap(({ modules }) => modules)])].sort();
}

/** Carries a hash of the modules that it keeps, so that it has what every machine needs. */
function kernelName(): string {
  return `linux-${shortHash(...modulesOfAllMachines())}`;
}

function shortHash(...texts: string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text}\0`);
  return hash.digest("hex").slice(0, 12);
}

/** Leaves `vmlinux`, `busybox`, `version`, and `modules/` with those that machines load. */
async function fetchKernel(folder: string, signal: AbortSignal | undefined): Promise<void> {
  using work = new WorkFolder(cacheFolder(), "apt");
  const apt = await Apt.open(work.path, release, signal);
  const tools = join(work.path, "tools");
  await apt.unpack([{ name: "busybox-static" }, { name: "xz-utils" }], tools);
  const kernels = await apt.dependencies("linux-image-amd64");
  const image = kernels.find((name) => /^linux-image-\d/.test(name));
  if (!image) throw new IopathError(ExitStatus.cannotRun, `Debian ${release} names no kernel`);
  const tree = join(work.path, "kernel");
  await apt.unpackAlone([image], tree);
  cpSync(join(tools, "bin/busybox"), join(folder, "busybox"));
  writeFileSync(join(folder, "vmlinux"), unpackKernel(tree, tools));
  const [version] = readdirSync(join(tree, "lib/modules"));
  const modules = join(tree, "lib/modules", version!);
  mkdirSync(join(folder, "modules"));
  const builtIn = join(modules, "modules.builtin");
  for (const path of [builtIn, ...modulesInOrder(modules, modulesOfAllMachines())]) {
    cpSync(path, join(folder, "modules", basename(path)));
  }
  writeFileSync(join(folder, "version"), version!);
}

function unpackKernel(tree: string, tools: string): Buffer {
  const file = readdirSync(join(tree, "boot")).find((name) => name.startsWith("vmlinuz-"))!;
  const payload = compressedPayload(readFileSync(join(tree, "boot", file)));
  const [loader, ...args] = throughLoader(tools, "usr/bin/xz");
  const options = { input: payload, maxBuffer: 1 << 28 };
  return execFileSync(loader!, [...args, "--decompress", "--stdout"], options);
}

const initFile = join(import.meta.dirname, "init.sh");

/** Carries a hash of all that the initramfs is made from, so that it is never stale. */
function initramfsName({ modules }: GuestMachine): string {
  return `initramfs-${shortHash(readFileSync(initFile, "utf8"), kernelName(), ...modules)}`;
}

/** `boot` and `devices` name modules in loading order. */
function buildInitramfs(kernel: string, machine: GuestMachine): Buffer {
  const folder = join(kernel, "modules");
  const boot = modulesInOrder(folder, bootModules);
  const all = modulesInOrder(folder, [...bootModules, ...machine.modules]);
  const file = (path: string, from: string, executable = false): ArchiveFile => {
    return { path, content: readFileSync(from), executable };
  };
  const list = (path: string, modules: readonly string[]): ArchiveFile => {
    const lines = modules.map((module) => `${basename(module)}\n`).join("");
    return { path, content: Buffer.from(lines), executable: false };
  };
  const archive = cpioArchive([
    file("init", initFile, true),
    file("bin/busybox", join(kernel, "busybox"), true),
    list("modules/boot", boot),
    list("modules/devices", all.slice(boot.length)),
    ...all.map((path) => file(`modules/${basename(path)}`, path)),
  ]);
  return gzipSync(archive, { level: 1 });
}
