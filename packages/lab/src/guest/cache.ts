/**
 * The user's cache folder. An entry is a folder that appears under its name only when it is whole:
 * it is made beside under a name that carries its maker, and then renamed.
 */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
} from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError, troubleOf } from "@iopath/contract";
import { hasCode, makeFolders } from "@iopath/native";
import { atExit } from "../at-exit.ts";
import { isOrphan, ownedName } from "../owner.ts";
import { cacheRemedy, userCacheFolder } from "../user-cache.ts";

/** `$XDG_CACHE_HOME/iopath/guest` */
export function cacheFolder(): string {
  return join(userCacheFolder(), "guest");
}

/** @throws IopathError when this user can't write there */
function makeCacheFolder(): string {
  const root = cacheFolder();
  try {
    makeFolders(root);
    accessSync(root, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const why = troubleOf(cause)?.message ?? String(cause);
    const message = `a guest's packages can't be kept in ${root}: ${why}`;
    throw new IopathError(ExitStatus.cannotRun, message, { remedy: cacheRemedy, cause });
  }
  return root;
}

/**
 * The folder of an entry, made by `make` when it is not there. Two processes that make the same
 * entry at the same time both succeed; the second one's work is thrown away.
 *
 * @param make fills the empty folder it is given; when it throws, nothing stays behind
 */
export async function cached(
  name: string,
  make: (folder: string) => void | Promise<void>,
): Promise<string> {
  const final = join(cacheFolder(), name);
  if (existsSync(final)) return final;
  const root = makeCacheFolder();
  removeAbandoned(root);
  using work = new WorkFolder(root, name);
  await make(work.path);
  publish(work.path, final);
  return final;
}

function publish(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!hasCode(error, "ENOTEMPTY", "EEXIST")) throw error;
  }
}

/** A folder to work in, which is gone when it is disposed and when the process ends. */
export class WorkFolder implements Disposable {
  readonly path: string;
  readonly #atExit: Disposable;

  constructor(parent: string, role: string) {
    this.path = join(parent, ownedName(role));
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(this.path, { mode: 0o700 });
    this.#atExit = atExit(() => this.#remove());
  }

  [Symbol.dispose](): void {
    this.#remove();
    this.#atExit[Symbol.dispose](); // not before: what could not be removed is tried again then
  }

  #remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Removes what processes that are gone left half-made. */
function removeAbandoned(root: string): void {
  for (const name of readdirSync(root).filter(isOrphan)) {
    rmSync(join(root, name), { recursive: true, force: true });
  }
}

/** @throws IopathError when the cache's file system has less than `bytes` free for this user */
export function requireSpace(bytes: number): void {
  requireSpaceIn(makeCacheFolder(), bytes, "the guest's packages need");
}

/** @param needs for the message: "a kernel's build needs" */
export function requireSpaceIn(folder: string, bytes: number, needs: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const mebibytes = (count: number) => `${Math.round(count / 2 ** 20)} MiB`;
  const message = `${folder} has ${mebibytes(free)} free; ${needs} ${mebibytes(bytes)}`;
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy:
      "make room there (`iopath kernels --prune DAYS` removes what was not used for so long), or take a larger file system: XDG_CACHE_HOME names the folder of all caches",
  });
}
