/**
 * The guest's driver `vmw_pvrdma`, which Debian's kernel leaves out: built from Debian's own source
 * for the very kernel that the guest boots, and kept in the cache.
 */
import { type StdioOptions, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { cached, cacheFolder, requireSpace, WorkFolder } from "./cache.ts";
import { Apt, suitesOf } from "./debian.ts";
import type { GuestKernel } from "./machine.ts";
import { release, requireTools } from "./toolchain.ts";
import { untarXz } from "./untar-xz.ts";

/**
 * Everything of the driver; named one by one, so that unpacking ends where the last one was found.
 */
const sources = [
  ...["Makefile", "pvrdma.h", "pvrdma_dev_api.h", "pvrdma_ring.h", "pvrdma_verbs.h"],
  ...["cmd", "cq", "doorbell", "main", "misc", "mr", "qp", "srq", "verbs"].map(
    (part) => `pvrdma_${part}.c`,
  ),
];
const moduleName = "vmw_pvrdma.ko";
/** Source, headers and tools, packed and unpacked. */
const unpackBytes = 500 * 2 ** 20;
const buildLimitMs = 300_000;

function entryName({ version }: GuestKernel): string {
  const recipe = createHash("sha256").update(sources.join()).digest("hex").slice(0, 8);
  return `vmw-pvrdma-${version}-${recipe}`;
}

/** The module, for busybox's insmod. */
export function driverFile(kernel: GuestKernel): string {
  return join(cacheFolder(), entryName(kernel), moduleName);
}

/** @throws IopathError with the compiler's words when it does not build */
export async function buildDriver(
  tell: (line: string) => void,
  kernel: GuestKernel,
  signal?: AbortSignal,
): Promise<void> {
  if (existsSync(driverFile(kernel))) return;
  if (!/^6\.1\.0-\d+-amd64$/.test(kernel.version)) {
    const message = `the guest's vmw_pvrdma is built from the source of Debian 12's kernel, and not for ${kernel.version}`;
    throw new IopathError(ExitStatus.cannotRun, message, {
      remedy: "leave out --kernel, or take machine igb or virtio-sriov",
    });
  }
  requireTools("machine pvrdma", ["gcc", "make"]);
  requireSpace(unpackBytes);
  await cached(entryName(kernel), async (folder) => {
    tell("building the guest's vmw_pvrdma module (150 MB of Debian's kernel source)");
    using work = new WorkFolder(cacheFolder(), "vmw-pvrdma-build");
    const module = await build(kernel.version, work.path, signal);
    cpSync(module, join(folder, moduleName));
  });
}

async function build(
  version: string,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const tree = join(folder, "tree");
  const driver = join(folder, "driver");
  await fetch(version, folder, await Apt.open(join(folder, "apt"), suitesOf(release), signal));
  await unpackSources(join(tree, "usr/src"), driver, join(folder, "tools"));
  const headers = join(tree, `usr/src/linux-headers-${version}`);
  // Debian's own names the place where the package would be installed.
  const common = version.replace(/-[^-]+$/, "-common");
  writeFileSync(
    join(headers, "Makefile"),
    `include ${join(tree, `usr/src/linux-headers-${common}/Makefile`)}\n`,
  );
  return compile(version, headers, driver);
}

/**
 * @param headers of the kernel, with its Makefile
 * @param driver the driver's sources
 * @returns the module
 * @throws IopathError with the compiler's last words
 */
export function compile(version: string, headers: string, driver: string): string {
  const settings = ["CC=gcc", "CONFIG_INFINIBAND_VMWARE_PVRDMA=m", `M=${driver}`];
  execute("make", ["--silent", "--jobs=2", "-C", headers, ...settings, "modules"], version);
  const module = join(driver, moduleName);
  execute("strip", ["--strip-debug", module], version);
  return module;
}

/** Leaves the kernel's source and headers in `tree`, and what unpacks it in `tools`. */
async function fetch(version: string, folder: string, apt: Apt): Promise<void> {
  const common = version.replace(/-[^-]+$/, "-common");
  const series = version.split(".").slice(0, 2).join(".");
  const headers = [`linux-headers-${version}`, `linux-headers-${common}`];
  const names = [...headers, `linux-kbuild-${series}`, `linux-source-${series}`];
  await apt.unpackAlone(names, join(folder, "tree"));
  await apt.unpack([{ name: "xz-utils" }], join(folder, "tools"));
}

/** Takes the driver's files out of the kernel's, which are an archive in the package. */
async function unpackSources(from: string, target: string, tools: string): Promise<void> {
  const archive = readdirSync(from).find((name) => /^linux-source-.*\.tar\.xz$/.test(name))!;
  const top = archive.replace(/\.tar\.xz$/, "");
  const files = sources.map((name) => `${top}/drivers/infiniband/hw/vmw_pvrdma/${name}`);
  mkdirSync(target);
  const options = ["--occurrence=1", "--strip-components=5", "--directory", target];
  const status = await untarXz(join(from, archive), tools, [...options, ...files]);
  if (status === 0) return;
  throw new IopathError(ExitStatus.cannotRun, `${archive} has no driver vmw_pvrdma`);
}

function execute(program: string, args: readonly string[], version: string): void {
  // What make prints is not read, and may be more than Node's 1 MiB.
  const stdio: StdioOptions = ["ignore", "ignore", "pipe"];
  const options = { encoding: "utf8", timeout: buildLimitMs, maxBuffer: 1 << 28, stdio } as const;
  const result = spawnSync(program, args, options);
  if (result.status === 0) return;
  const said = `${result.stderr || result.error?.message || ""}`
    .trim()
    .split("\n")
    .slice(-8)
    .join("\n    ");
  const message = `vmw_pvrdma does not build for the guest's kernel ${version}: ${program} said\n    ${said}`;
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy: "install gcc 12 or newer, make and libelf1; the path pvrdma is skipped without it",
  });
}
