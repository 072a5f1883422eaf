/** What a guest is made of, as folders of the cache: QEMU, a kernel, and the initramfs. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { ExitStatus, IopathError } from "@iopath/contract";
import { cached, cacheFolder, requireSpace, WorkFolder } from "./cache.ts";
import { type ArchiveFile, cpioArchive } from "./cpio.ts";
import { Apt, type PackageName } from "./debian.ts";
import { compressedPayload, modulesInOrder } from "./kernel.ts";

const release = "bookworm";
const kernelName = "linux";
/** Archives, unpacked trees and the whole kernel package at once, measured as 750 MiB. */
const unpackBytes = 1000 * 2 ** 20;

export type QemuName = "qemu-10" | "qemu-7.2";

interface QemuRecipe {
  readonly suite: string;
  readonly version: RegExp;
}

const qemus: Record<QemuName, QemuRecipe> = {
  "qemu-10": { suite: `${release}-backports`, version: /version 10\./ },
  "qemu-7.2": { suite: release, version: /version 7\.2/ },
};

/** Needed to mount the root file system and to talk to the host; the guest is of no use without. */
const bootModules = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"];
/** Devices and drivers that paths use; loaded once the root file system is there. */
const deviceModules = [
  "igb",
  "igbvf",
  "vfio-pci",
  "vfio_iommu_type1",
  "virtio_net",
  "veth",
  "uio_pci_generic",
];

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
export function findGuestPackages(qemu: QemuName = "qemu-10"): GuestPackages {
  const root = cacheFolder();
  const kernel = join(root, kernelName);
  const version = join(kernel, "version");
  const packages = {
    qemu: join(root, qemu),
    kernel: join(kernel, "vmlinux"),
    initramfs: join(root, initramfsName(), "initramfs.gz"),
  };
  const missing = [...Object.values(packages), version].find((path) => !existsSync(path));
  if (missing === undefined) return { ...packages, kernelVersion: readFileSync(version, "utf8") };
  throw new IopathError(ExitStatus.cannotRun, `the guest's packages are not there: no ${missing}`, {
    remedy: "`npm run setup:guest` fetches them into your cache folder",
  });
}

/**
 * Fetches and makes what is missing; with all there it only looks.
 *
 * @param tell gets a line before each step that takes time
 */
export async function setUpGuestPackages(
  tell: (line: string) => void,
  names: readonly QemuName[] = ["qemu-10"],
): Promise<void> {
  const root = cacheFolder();
  if ([kernelName, ...names].some((name) => !existsSync(join(root, name))))
    requireSpace(unpackBytes);
  for (const name of names) {
    await cached(name, (folder) => {
      tell(`fetching ${name} and its libraries (37 MB) from Debian ${qemus[name].suite}`);
      fetchQemu(qemus[name], folder);
    });
  }
  const kernel = await cached(kernelName, (folder) => {
    tell(`fetching a kernel (70 MB) from Debian ${release}`);
    fetchKernel(folder);
  });
  await cached(initramfsName(), (folder) => {
    tell("building the initramfs");
    writeFileSync(join(folder, "initramfs.gz"), buildInitramfs(kernel));
  });
}

function fetchQemu(recipe: QemuRecipe, folder: string): void {
  using work = new WorkFolder(cacheFolder(), "apt");
  const names = ["qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios"];
  const packages = names.map((name): PackageName => ({ name, suite: recipe.suite }));
  new Apt(work.path, release).unpack(packages, folder);
  const [loader, ...args] = throughLoader(folder, "usr/bin/qemu-system-x86_64");
  const version = execFileSync(loader!, [...args, "--version"], { encoding: "utf8" });
  if (recipe.version.test(version)) return;
  const got = version.split("\n")[0];
  throw new IopathError(ExitStatus.cannotRun, `Debian ${recipe.suite} has "${got}"`, {
    remedy: `the guest is made for ${recipe.version.source}: name a mirror of Debian ${release}`,
  });
}

/** A program of an unpacked tree, started by that tree's own loader on that tree's own libraries. */
export function throughLoader(tree: string, program: string): string[] {
  const libraries = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"];
  const path = libraries.map((folder) => join(tree, folder)).join(":");
  const loader = join(tree, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
  return [loader, "--library-path", path, join(tree, program)];
}

/** Leaves `vmlinux`, `busybox`, and `modules/` with their loading order in `boot` and `devices`. */
function fetchKernel(folder: string): void {
  using work = new WorkFolder(cacheFolder(), "apt");
  const apt = new Apt(work.path, release);
  const tools = join(work.path, "tools");
  apt.unpack([{ name: "busybox-static" }, { name: "xz-utils" }], tools);
  const image = apt.dependencies("linux-image-amd64").find((name) => /^linux-image-\d/.test(name));
  if (!image) throw new IopathError(ExitStatus.cannotRun, `Debian ${release} names no kernel`);
  const tree = join(work.path, "kernel");
  apt.unpackAlone(image, tree);
  cpSync(join(tools, "bin/busybox"), join(folder, "busybox"));
  writeFileSync(join(folder, "vmlinux"), unpackKernel(tree, tools));
  const [version] = readdirSync(join(tree, "lib/modules"));
  const modules = join(tree, "lib/modules", version!);
  const boot = modulesInOrder(modules, bootModules);
  const devices = modulesInOrder(modules, [...bootModules, ...deviceModules]).slice(boot.length);
  mkdirSync(join(folder, "modules"));
  for (const path of [...boot, ...devices]) cpSync(path, join(folder, "modules", basename(path)));
  writeFileSync(join(folder, "version"), version!);
  writeFileSync(join(folder, "boot"), lines(boot));
  writeFileSync(join(folder, "devices"), lines(devices));
}

function unpackKernel(tree: string, tools: string): Buffer {
  const file = readdirSync(join(tree, "boot")).find((name) => name.startsWith("vmlinuz-"))!;
  const payload = compressedPayload(readFileSync(join(tree, "boot", file)));
  const [loader, ...args] = throughLoader(tools, "usr/bin/xz");
  const options = { input: payload, maxBuffer: 1 << 28 };
  return execFileSync(loader!, [...args, "--decompress", "--stdout"], options);
}

function lines(paths: readonly string[]): string {
  return paths.map((path) => `${basename(path)}\n`).join("");
}

const initFile = join(import.meta.dirname, "init.sh");

/** Carries a hash of what the initramfs is made from besides the kernel, so that it is never stale. */
function initramfsName(): string {
  const hash = createHash("sha256").update(readFileSync(initFile)).digest("hex");
  return `initramfs-${hash.slice(0, 12)}`;
}

function buildInitramfs(kernel: string): Buffer {
  const file = (path: string, from: string, executable = false): ArchiveFile => {
    return { path, content: readFileSync(from), executable };
  };
  const modules = readdirSync(join(kernel, "modules"));
  const archive = cpioArchive([
    file("init", initFile, true),
    file("bin/busybox", join(kernel, "busybox"), true),
    file("modules/boot", join(kernel, "boot")),
    file("modules/devices", join(kernel, "devices")),
    ...modules.map((name) => file(`modules/${name}`, join(kernel, "modules", name))),
  ]);
  return gzipSync(archive, { level: 1 });
}

/** Throws the cache's guest away; the next set-up fetches everything again. */
export function removeGuestPackages(): void {
  rmSync(cacheFolder(), { recursive: true, force: true });
}
