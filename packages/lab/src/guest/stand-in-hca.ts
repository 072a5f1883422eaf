/**
 * The library that stands in for an HCA in QEMU's process (packages/lab/stand-in-hca), compiled on
 * this machine and kept in the cache.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { cached, cacheFolder, WorkFolder } from "./cache.ts";
import { Apt } from "./debian.ts";
import { release, requireTools } from "./toolchain.ts";

const sourceFolder = resolve(import.meta.dirname, "../../stand-in-hca");
const libraryName = "libstand-in-hca.so";
const limitMs = 60_000;

function sources(): string[] {
  const names = readdirSync(sourceFolder).filter((name) => /\.[ch]$/.test(name));
  return names.sort().map((name) => join(sourceFolder, name));
}

/** Carries a hash of the sources, so that it is never stale. */
function entryName(): string {
  const hash = createHash("sha256");
  for (const file of sources()) hash.update(readFileSync(file));
  return `stand-in-hca-${hash.digest("hex").slice(0, 12)}`;
}

export function standInFile(): string {
  return join(cacheFolder(), entryName(), libraryName);
}

/** @throws IopathError with the compiler's words */
export async function buildStandIn(
  tell: (line: string) => void,
  signal?: AbortSignal,
): Promise<void> {
  if (existsSync(standInFile())) return;
  requireTools(["gcc"]);
  await cached(entryName(), async (folder) => {
    tell("compiling the library that stands in for an HCA");
    using work = new WorkFolder(cacheFolder(), "stand-in-hca-build");
    const headers = join(work.path, "headers");
    const apt = await Apt.open(join(work.path, "apt"), release, signal);
    await apt.unpackAlone(["libibverbs-dev"], headers);
    const code = sources().filter((file) => file.endsWith(".c"));
    const options = ["-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"];
    const target = ["-I", join(headers, "usr/include"), "-o", join(folder, libraryName)];
    const compiled = spawnSync("gcc", [...options, ...target, ...code], {
      encoding: "utf8",
      timeout: limitMs,
      maxBuffer: 1 << 28, // warnings of a compiler can be more than Node's 1 MiB
    });
    if (compiled.status === 0) return;
    const message = `the stand-in HCA does not compile:\n${compiled.stderr || compiled.error}`;
    throw new IopathError(ExitStatus.cannotRun, message, {
      remedy: "install gcc and libc6-dev; the path pvrdma is skipped without it",
    });
  });
}
