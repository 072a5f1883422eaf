/**
 * What guests are made with: a release of Debian, unpacked programs, the compiler of this machine.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";

/** Debian's, whose kernel and tools a guest has. */
export const release = "bookworm";

/**
 * A program of an unpacked tree, started by that tree's own loader on that tree's own libraries.
 *
 * @param preload a library to load before all of them
 */
export function throughLoader(tree: string, program: string, preload?: string): string[] {
  const libraries = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"];
  const path = libraries.map((folder) => join(tree, folder)).join(":");
  const loader = join(tree, "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2");
  const before = preload === undefined ? [] : ["--preload", preload];
  return [loader, ...before, "--library-path", path, join(tree, program)];
}

/**
 * @param what is built here, for the message
 * @throws IopathError that names what is missing
 */
export function requireTools(
  what: string,
  names: readonly string[],
  remedy = "sudo apt-get install -y gcc make libc6-dev",
): void {
  const missing = names.filter((name) => spawnSync(name, ["--version"]).status !== 0);
  if (missing.length === 0) return;
  const message = `${what} is built here, and there is no ${missing.join(" and no ")}`;
  throw new IopathError(ExitStatus.cannotRun, message, { remedy });
}

interface LibrarySources {
  /** For messages: "the stand-in HCA". */
  readonly what: string;
  /** The files of C; headers lie beside them. */
  readonly code: readonly string[];
  /** More options of gcc(1). */
  readonly options: readonly string[];
  readonly remedy: string;
}

const compileLimitMs = 60_000;

/** Makes a shared library. @throws IopathError with the compiler's words */
export function compileLibrary({ what, code, options, remedy }: LibrarySources, to: string): void {
  const usual = ["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"];
  const compiled = spawnSync("gcc", [...usual, ...options, "-o", to, ...code], {
    encoding: "utf8",
    timeout: compileLimitMs,
    maxBuffer: 1 << 28, // warnings of a compiler can be more than Node's 1 MiB
  });
  if (compiled.status === 0) return;
  const message = `${what} does not compile:\n${compiled.stderr || compiled.error}`;
  throw new IopathError(ExitStatus.cannotRun, message, { remedy });
}

/** The files of C in a folder of this package, headers among them. */
export function sourcesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => /\.[ch]$/.test(name));
  return names.sort().map((name) => join(folder, name));
}

/** Of what an entry of the cache is made from: in its name, so that it is never stale. */
export function hashOfFiles(files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex").slice(0, 12);
}

/** Of texts that an entry of the cache is made from: see `hashOfFiles`. */
export function hashOfTexts(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${text}\0`);
  return hash.digest("hex").slice(0, 12);
}
