/**
 * Kernels in the cache: an entry each, `linux-RELEASE-HASH`, and a link from a name of Debian's to
 * the entry that it was found to be. What was not used for long, or is too much, is removed.
 */
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { basename, join } from "node:path";
import { ifThere, namesIfThere, notOurs, readIfThere } from "@iopath/native";
import { ownedName } from "../../owner.ts";
import { cacheFolder } from "../cache.ts";
import { usualKernel } from "./kernel-name.ts";
import { dayMs, surplus, unusedFor, usualLimits } from "./prune.ts";

const entryPrefix = "linux-";
const linkPrefix = "kernel-";
/** Of folders with what a guest boots beside the kernel. */
export const initramfsPrefix = "initramfs-";
/** All entries together. */
const bytesMax = 2 ** 30;
/** A name that stands for the newest of a line is looked up again after this. */
const lookUpMs = dayMs;

/** Names of files in an entry. */
export const entryFiles = {
  image: "vmlinux",
  busybox: "busybox",
  version: "version",
  /** The name that it was asked for by: "debian:6.12", "/home/me/linux". */
  origin: "origin",
  config: "config",
  modules: "modules",
} as const;

/** The folder of a kernel of this release. @param hash of what an entry is made of and for */
export function entryName(release: string, hash: string): string {
  return `${entryPrefix}${release}-${hash}`;
}

function linkPath(name: string, hash: string): string {
  return join(cacheFolder(), `${linkPrefix}${name}-${hash}`);
}

/** The entry that a name stands for; undefined where it is not there. */
export function linkedEntry(name: string, hash: string): string | undefined {
  const link = linkPath(name, hash);
  return existsSync(link) ? realpathSync(link) : undefined;
}

/** Whether what a name stands for has to be looked up on the mirror again. */
export function isLookUpDue(name: string, hash: string, now = Date.now()): boolean {
  const link = linkPath(name, hash);
  return !existsSync(link) || now - lstatSync(link).mtimeMs > lookUpMs;
}

/** Makes a name stand for an entry, in one step: others see the old one or the new one. */
export function linkEntry(name: string, hash: string, entry: string): void {
  const made = join(cacheFolder(), ownedName("link"));
  rmSync(made, { force: true });
  symlinkSync(basename(entry), made);
  renameSync(made, linkPath(name, hash));
}

export interface CachedKernel {
  readonly entry: string;
  readonly release: string;
  readonly origin: string;
  readonly bytes: number;
  readonly usedAt: Date;
}

/** What is there, the last used first. */
export function cachedKernels(): CachedKernel[] {
  const root = cacheFolder();
  const found = namesIfThere(root).filter((name) => name.startsWith(entryPrefix));
  const kernels = found.flatMap((name) => {
    const entry = join(root, name);
    const release = readIfThere(join(entry, entryFiles.version));
    if (release === undefined) return [];
    const origin = readIfThere(join(entry, entryFiles.origin)) ?? usualKernel;
    return [{ entry, release, origin, bytes: bytesOf(entry), usedAt: statSync(entry).mtime }];
  });
  return kernels.sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
}

/** Of files below a folder; a build has a link to its source, whose bytes are not its own. */
export function bytesOf(folder: string): number {
  const sizes = readdirSync(folder, { withFileTypes: true }).map((file): number => {
    const path = join(folder, file.name);
    if (file.isDirectory()) return ifThere(() => bytesOf(path)) ?? 0;
    return file.isFile() ? (ifThere(() => statSync(path).size) ?? 0) : 0;
  });
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Notes that an entry is used; a cache that is not ours to write keeps its dates. */
export function touch(entry: string): void {
  ifThere(() => utimesSync(entry, new Date(), new Date()), ...notOurs, "EROFS");
}

/**
 * Removes kernels that were not used for long, and beyond a size in all those used longest ago,
 * with what was made of them to boot. What `debian` stands for stays: baselines depend on it.
 *
 * @returns the bytes that are free now
 */
export function pruneKernels(
  tell: (line: string) => void,
  limits = usualLimits(bytesMax),
  now = Date.now(),
): number {
  const kernels = cachedKernels();
  const usual = kernels.find(({ origin }) => origin === usualKernel);
  const gone = surplus(kernels, limits, now).filter((kernel) => kernel !== usual);
  for (const kernel of gone) {
    tell(`removing kernel ${kernel.release} from the cache, ${unusedFor(kernel, now)}`);
    rmSync(kernel.entry, { recursive: true, force: true });
  }
  const made = surplus(madeToBoot(), { ...limits, bytesMax: undefined }, now);
  for (const { entry } of made) rmSync(entry, { recursive: true, force: true });
  return [...gone, ...made].reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Archives with init and modules: each is made again, in a second, where it is missing. */
function madeToBoot() {
  const root = cacheFolder();
  const found = namesIfThere(root).filter((name) => name.startsWith(initramfsPrefix));
  return found.map((name) => {
    const entry = join(root, name);
    return { entry, bytes: bytesOf(entry), usedAt: statSync(entry).mtime };
  });
}

/**
 * Removes entries of a folder that was built again since: nothing can name them any more. One that
 * was used within the hour stays, since a guest may be about to boot it.
 */
export function removeSuperseded(folder: string, entry: string, now = Date.now()): void {
  const hourMs = 60 * 60_000;
  const earlier = cachedKernels().filter((one) => one.origin === folder && one.entry !== entry);
  for (const { entry: old, usedAt } of earlier) {
    if (now - usedAt.getTime() > hourMs) rmSync(old, { recursive: true, force: true });
  }
}

/** The text of an entry's configuration, where it is known. */
export function configOf(entry: string): string | undefined {
  const file = join(entry, entryFiles.config);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
