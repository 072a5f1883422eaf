/**
 * The user's cache folder. An entry is a folder that appears under its name only when it is whole:
 * it is made beside under a name that carries its maker, and then renamed.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statfsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { isOrphan, ownedName } from "../owner.ts";

/** `$XDG_CACHE_HOME/iopath/guest`, by the XDG Base Directory Specification. */
export function cacheFolder(): string {
  // `||`: the specification says that an empty variable is an unset one.
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(caches, "iopath", "guest");
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
  const root = cacheFolder();
  const final = join(root, name);
  if (existsSync(final)) return final;
  mkdirSync(root, { recursive: true });
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
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ENOTEMPTY" && code !== "EEXIST") throw error;
  }
}

/** A folder to work in, which is gone when it is disposed and when the process ends. */
export class WorkFolder implements Disposable {
  readonly path: string;
  readonly #removeAtExit = () => rmSync(this.path, { recursive: true, force: true });

  constructor(parent: string, role: string) {
    this.path = join(parent, ownedName(role));
    rmSync(this.path, { recursive: true, force: true });
    mkdirSync(this.path, { mode: 0o700 });
    process.on("exit", this.#removeAtExit);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#removeAtExit);
    this.#removeAtExit();
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
  const root = cacheFolder();
  mkdirSync(root, { recursive: true });
  const { bavail, bsize } = statfsSync(root);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const mebibytes = (count: number) => `${Math.round(count / 2 ** 20)} MiB`;
  throw new IopathError(
    ExitStatus.cannotRun,
    `${root} has ${mebibytes(free)} free; the guest's packages need ${mebibytes(bytes)} to unpack`,
    { remedy: "make room there, or set XDG_CACHE_HOME to a folder on a larger file system" },
  );
}
