/**
 * The library that stands in for an HCA in QEMU's process (packages/lab/stand-in-hca), compiled on
 * this machine and kept in the cache.
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { cached, cacheFolder, WorkFolder } from "./cache.ts";
import { Apt, suitesOf } from "./debian.ts";
import { compileLibrary, hashOfFiles, release, requireTools, sourcesIn } from "./toolchain.ts";

const sourceFolder = resolve(import.meta.dirname, "../../stand-in-hca");
const libraryName = "libstand-in-hca.so";

function entryName(): string {
  return `stand-in-hca-${hashOfFiles(sourcesIn(sourceFolder))}`;
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
  requireTools("machine pvrdma", ["gcc"]);
  await cached(entryName(), async (folder) => {
    tell("compiling the library that stands in for an HCA");
    using work = new WorkFolder(cacheFolder(), "stand-in-hca-build");
    const headers = join(work.path, "headers");
    const apt = await Apt.open(join(work.path, "apt"), suitesOf(release), signal);
    await apt.unpackAlone(["libibverbs-dev"], headers);
    compileLibrary(
      {
        what: "the stand-in HCA",
        code: sourcesIn(sourceFolder).filter((file) => file.endsWith(".c")),
        options: ["-I", join(headers, "usr/include")],
        remedy: "install gcc and libc6-dev; the path pvrdma is skipped without it",
      },
      join(folder, libraryName),
    );
  });
}
