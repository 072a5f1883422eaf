/** Makes a kernel's entry of the cache, by its name: fetched from Debian, or the user's own. */
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { cached, cacheFolder, requireSpace, WorkFolder } from "../cache.ts";
import { Apt, suitesOf } from "../debian.ts";
import { release as debianRelease, hashOfTexts } from "../toolchain.ts";
import {
  entryFiles,
  entryName,
  isLookUpDue,
  linkEntry,
  linkedEntry,
  pruneKernels,
  removeSuperseded,
  touch,
} from "./kernel-cache.ts";
import { elfKernel, embeddedConfig, releaseOf } from "./kernel-image.ts";
import { kernelLabel, parseKernelName, usualKernel } from "./kernel-name.ts";
import { findKernelParts, stampOf } from "./kernel-tree.ts";
import { chooseKernel, kernelSuites, type MirrorKernel, mirrorKernels } from "./mirror-kernels.ts";
import { copyModules } from "./modules.ts";

/** What is set up, and for whom. */
export interface KernelOrder {
  /** See kernel-name.ts. */
  readonly name: string;
  /** Names of the modules that its entry keeps. */
  readonly modules: readonly string[];
}

/** Archives, unpacked trees and an entry at once, measured as 750 MiB. */
const unpackBytes = 1000 * 2 ** 20;
/** Lists of packages. */
const listBytes = 200 * 2 ** 20;

/** The entry of a kernel; undefined where it is not in the cache. */
export function findKernelEntry({ name, modules }: KernelOrder): string | undefined {
  const parsed = parseKernelName(name);
  if (parsed.kind !== "own") return linkedEntry(name, hashOfTexts(modules));
  const entry = join(cacheFolder(), nameOfOwn(parsed.path, modules));
  return existsSync(entry) ? entry : undefined;
}

/**
 * Makes the entry when it is not there, and returns it.
 *
 * @param tell gets a line before each step that takes time
 * @throws IopathError for a kernel that the mirror has not, or that can't be booted
 */
export async function setUpKernel(
  order: KernelOrder,
  tell: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const parsed = parseKernelName(order.name);
  const entry =
    parsed.kind === "own"
      ? await setUpOwn(parsed.path, order, tell, signal)
      : await setUpDebians(order, tell, signal);
  touch(entry);
  return entry;
}

function nameOfOwn(path: string, modules: readonly string[]): string {
  const hash = hashOfTexts([stampOf(findKernelParts(path)), ...modules]);
  return entryName(`own-${kernelLabel(path)}`, hash);
}

async function setUpOwn(
  path: string,
  { modules }: KernelOrder,
  tell: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const entry = await cached(nameOfOwn(path, modules), async (folder) => {
    const tools = await setUpTools(tell, signal);
    tell(`taking the kernel of ${path}`);
    fillEntry(folder, path, { name: path, modules }, tools);
    pruneKernels(tell);
  });
  removeSuperseded(path, entry);
  return entry;
}

/** What Debian's default is does not change once it is there: baselines depend on it. */
async function setUpDebians(
  order: KernelOrder,
  tell: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { name, modules } = order;
  const hash = hashOfTexts(modules);
  const known = linkedEntry(name, hash);
  if (known && (name === usualKernel || !isLookUpDue(name, hash))) return known;
  requireSpace(unpackBytes);
  using work = new WorkFolder(cacheFolder(), "apt");
  try {
    tell(`looking up kernel ${name} on the Debian mirror`);
    const suites = name === usualKernel ? suitesOf(debianRelease) : kernelSuites;
    const apt = await Apt.open(work.path, suites, signal);
    const { release, packages } = await findOnMirror(apt, name);
    const entry = await cached(entryName(release, hash), async (folder) => {
      const tools = await setUpTools(tell, signal);
      tell(`fetching kernel ${release} (70 to 120 MB) from Debian`);
      const tree = join(work.path, "kernel");
      await apt.unpackAlone(packages, tree);
      fillEntry(folder, tree, order, tools);
      pruneKernels(tell);
    });
    linkEntry(name, hash, entry);
    return entry;
  } catch (error) {
    if (!known || !(error instanceof IopathError) || signal?.aborted) throw error;
    tell(`using kernel ${name} as it is in the cache: ${error.message}`);
    return known;
  }
}

/** What a name of Debian's can be, the newest first. */
export async function listMirrorKernels(signal?: AbortSignal): Promise<MirrorKernel[]> {
  requireSpace(listBytes);
  using work = new WorkFolder(cacheFolder(), "apt-list");
  return await mirrorKernels(await Apt.open(work.path, kernelSuites, signal));
}

async function findOnMirror(apt: Apt, name: string) {
  const parsed = parseKernelName(name);
  if (parsed.kind === "debian") return chooseKernel(await mirrorKernels(apt), parsed);
  const needed = (await apt.dependencies(["linux-image-amd64"])).values().next().value ?? [];
  const image = needed.find((one) => /^linux-image-\d/.test(one));
  if (image) return { release: image.slice("linux-image-".length), packages: [image] };
  throw new IopathError(ExitStatus.cannotRun, `Debian ${debianRelease} names no kernel`);
}

/** A tree with busybox, which guests boot with, and xz(1). */
export async function setUpTools(
  tell: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const packages = [{ name: "busybox-static" }, { name: "xz-utils" }];
  const name = `tools-${hashOfTexts([debianRelease, ...packages.map(({ name }) => name)])}`;
  return await cached(name, async (folder) => {
    tell("fetching busybox and xz (5 MB) from Debian");
    using work = new WorkFolder(cacheFolder(), "apt-tools");
    const apt = await Apt.open(work.path, suitesOf(debianRelease), signal);
    await apt.unpack(packages, folder);
  });
}

/** Leaves `vmlinux`, `busybox`, `version`, `config`, and `modules/` with those that are wanted. */
function fillEntry(
  folder: string,
  source: string,
  { name, modules: wanted }: KernelOrder,
  tools: string,
): void {
  const { image, release, modules, builtIn, config } = findKernelParts(source);
  const at = (file: string) => join(folder, file);
  const kernel = elfKernel(image, tools);
  const version = releaseOf(kernel) ?? release;
  if (version === undefined) {
    throw new IopathError(ExitStatus.cannotRun, `${image} does not say which Linux it is`);
  }
  if (release !== undefined && release !== version) {
    const message = `${image} is Linux ${version}, and the modules beside it are of ${release}`;
    throw new IopathError(ExitStatus.cannotRun, message, {
      remedy: "build and install both from one tree",
    });
  }
  writeFileSync(at(entryFiles.image), kernel);
  cpSync(join(tools, "bin/busybox"), at(entryFiles.busybox));
  mkdirSync(at(entryFiles.modules));
  copyModules(modules, wanted, at(entryFiles.modules), tools);
  if (builtIn) cpSync(builtIn, join(at(entryFiles.modules), "modules.builtin"));
  const embedded = config ? undefined : embeddedConfig(kernel);
  if (config) cpSync(config, at(entryFiles.config));
  else if (embedded) writeFileSync(at(entryFiles.config), embedded);
  writeFileSync(at(entryFiles.origin), name);
  writeFileSync(at(entryFiles.version), version);
}
