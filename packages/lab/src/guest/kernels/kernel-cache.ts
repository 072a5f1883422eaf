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

const entryPrefix = "linux-";
const linkPrefix = "kernel-";
const dayMs = 24 * 60 * 60_000;
/** A kernel that was not used for so long is removed. */
const unusedMs = 30 * dayMs;
/** All entries together; those used within a day stay in any case. */
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
    const origin = readIfThere(join(entry, entryFiles.origin)) ?? "debian";
    return [{ entry, release, origin, bytes: bytesOf(entry), usedAt: statSync(entry).mtime }];
  });
  return kernels.sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
}

function bytesOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  const sizes = files
    .filter((file) => file.isFile())
    .map(({ parentPath, name }) => ifThere(() => statSync(join(parentPath, name)).size) ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Notes that an entry is used; a cache that is not ours to write keeps its dates. */
export function touch(entry: string): void {
  ifThere(() => utimesSync(entry, new Date(), new Date()), ...notOurs, "EROFS");
}

/** Removes kernels that were not used for long, and beyond a size in all those used longest ago. */
export function pruneKernels(
  tell: (line: string) => void,
  now = Date.now(),
  most = bytesMax,
): void {
  let bytes = 0;
  for (const kernel of cachedKernels()) {
    bytes += kernel.bytes;
    const unused = now - kernel.usedAt.getTime();
    if (unused <= dayMs || (unused <= unusedMs && bytes <= most)) continue;
    const days = Math.floor(unused / dayMs);
    tell(`removing kernel ${kernel.release} from the cache, not used for ${days} days`);
    rmSync(kernel.entry, { recursive: true, force: true });
    bytes -= kernel.bytes;
  }
}

/** The text of an entry's configuration, where it is known. */
export function configOf(entry: string): string | undefined {
  const file = join(entry, entryFiles.config);
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}
