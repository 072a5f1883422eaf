/**
 * What kernels are built from and in, in the cache: Debian's sources, and a folder for each source
 * that was built. Who uses one holds a lock on a file in it, so that nobody else builds there or
 * removes it.
 */
import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { type FileLock, ifThere, namesIfThere, readIfThere } from "@iopath/native";
import { LockFile } from "../../../lock-file.ts";
import { userCacheFolder } from "../../../user-cache.ts";
import { cacheFolder } from "../../cache.ts";
import { bytesOf, touch } from "../kernel-cache.ts";
import { type PruneLimits, surplus, unusedFor, usualLimits } from "../prune.ts";

/** Sources and builds together; those used within a day stay in any case. */
const bytesMax = 6 * 2 ** 30;
const sourcePrefix = "linux-source-";
const lockName = "iopath.lock";
/** What a folder was built from: a tree's path, or a name of Debian's. */
export const builtFrom = "iopath.source";
/** As make leaves it. */
export const releaseFile = "include/config/kernel.release";

/** The entry of the cache with Debian's source of a line. */
export function sourceEntry(version: string): string {
  return `${sourcePrefix}${version}`;
}

export function builtFolder(name: string): string {
  return join(buildsFolder(), name);
}

function buildsFolder(): string {
  return join(userCacheFolder(), "kernels");
}

/**
 * Keeps others away from a folder until disposed; the kernel lets go of it when the process ends.
 *
 * @param kind exclusive for who builds in it, shared for who reads it
 * @throws IopathError when another process builds in it
 */
export function holdFolder(folder: string, kind: FileLock): Disposable {
  const file = lockFolder(folder, kind);
  if (file) {
    touch(file.path);
    return file;
  }
  throw new IopathError(ExitStatus.cannotRun, `another command builds in ${folder}`, {
    remedy: "wait for it to end; or build elsewhere, which --into names",
  });
}

function lockFolder(folder: string, kind: FileLock): LockFile | undefined {
  using opening = new DisposableStack();
  const file = opening.use(new LockFile(join(folder, lockName)));
  if (!file.tryLock(kind)) return undefined;
  opening.move();
  return file;
}

export interface KernelWork {
  readonly kind: "source" | "build";
  readonly folder: string;
  /** What was built: "debian:6.12", "/home/me/linux". */
  readonly of: string;
  /** "6.12.117"; empty where nothing was built yet. */
  readonly release: string;
  readonly bytes: number;
  readonly usedAt: Date;
}

/** What is there, the last used first. */
export function kernelWorks(): KernelWork[] {
  const sources = namesIfThere(cacheFolder()).filter((name) => name.startsWith(sourcePrefix));
  const works = [
    ...sources.flatMap((name) => {
      const of = `debian:${name.slice(sourcePrefix.length)}`;
      return workIn("source", join(cacheFolder(), name), of);
    }),
    ...namesIfThere(buildsFolder()).flatMap((name) => workIn("build", builtFolder(name), name)),
  ];
  return works.sort((a, b) => b.usedAt.getTime() - a.usedAt.getTime());
}

/** None where it is no folder, or another process removes it at this time. */
function workIn(kind: KernelWork["kind"], folder: string, name: string): KernelWork[] {
  const found = ifThere((): KernelWork[] => {
    if (!statSync(folder).isDirectory()) return [];
    const lock = join(folder, lockName);
    // Of each use; a folder's own date says when a file was made in it.
    const { mtime: usedAt } = statSync(existsSync(lock) ? lock : folder);
    const of = readIfThere(join(folder, builtFrom)) ?? name;
    const release = readIfThere(join(folder, releaseFile))?.trim() ?? "";
    return [{ kind, folder, of, release, bytes: bytesOf(folder), usedAt }];
  });
  return found ?? [];
}

/**
 * Removes sources and builds that were not used for long, and beyond a size those used longest ago;
 * never what a process uses.
 *
 * @returns the bytes that are free now
 */
export function pruneWorks(
  tell: (line: string) => void,
  limits: PruneLimits = usualLimits(bytesMax),
  now = Date.now(),
): number {
  let bytes = 0;
  for (const work of surplus(kernelWorks(), limits, now)) {
    using held = lockFolder(work.folder, "exclusive");
    if (held === undefined) {
      tell(`${work.folder} stays: a command uses it`);
      continue;
    }
    tell(`removing ${describeWork(work)}, ${unusedFor(work, now)}`);
    rmSync(work.folder, { recursive: true, force: true });
    bytes += work.bytes;
  }
  return bytes;
}

/** "the source of debian:6.12" */
export function describeWork({ kind, of, release }: KernelWork): string {
  return `the ${kind} of ${of}${release ? ` (Linux ${release})` : ""}`;
}
