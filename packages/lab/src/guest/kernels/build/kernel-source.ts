/** Where a kernel's source is: a tree of the user's, or Debian's, unpacked into the cache. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { cached, cacheFolder, requireSpace, WorkFolder } from "../../cache.ts";
import { Apt } from "../../debian.ts";
import { untarXz } from "../../untar-xz.ts";
import { parseKernelName } from "../kernel-name.ts";
import { kernelSuites } from "../mirror-kernels.ts";
import { setUpTools } from "../set-up-kernel.ts";
import { builtFolder, holdFolder, pruneWorks, sourceEntry } from "./built-folders.ts";

/** Of Debian's it is kept from being removed until it is disposed. */
interface KernelSource extends Disposable {
  /** "debian:6.12", or the tree. */
  readonly name: string;
  readonly tree: string;
  /** Where it is built when nothing is said; another for each tree. */
  readonly into: string;
}

/** The archive, and what it is unpacked to, measured as 2.1 GB of 7.3. */
const sourceBytes = 2500 * 2 ** 20;

/**
 * @param name a tree, or debian:6.12
 * @throws IopathError for what is no source, or was built in itself
 */
export async function findSource(
  name: string,
  tell: (line: string) => void,
  signal?: AbortSignal,
): Promise<KernelSource> {
  const parsed = isDebians(name) ? parseKernelName(name) : undefined;
  if (parsed === undefined) return ofTree(resolve(name));
  if (parsed.kind !== "debian" || parsed.exact || parsed.flavour || !isLine(parsed.version)) {
    throw new IopathError(ExitStatus.usage, `Debian has no source of ${name} by that name`, {
      remedy: "it has one of each line: name debian:6.12, or a tree of your own",
    });
  }
  const tree = await fetchSource(parsed.version, tell, signal);
  const held = holdFolder(tree, "shared");
  const into = builtFolder(`debian-${parsed.version}`);
  return { name, tree, into, [Symbol.dispose]: () => held[Symbol.dispose]() };
}

function isDebians(name: string): boolean {
  return name === "debian" || name.startsWith("debian:");
}

function isLine(version: string): boolean {
  return /^\d+\.\d+$/.test(version);
}

function ofTree(tree: string): KernelSource {
  const isTree = ["Makefile", "Kconfig", "arch/x86"].every((file) => existsSync(join(tree, file)));
  if (!isTree) {
    throw new IopathError(ExitStatus.usage, `${tree} is no source tree of Linux`, {
      remedy: "name the folder with its Makefile, Kconfig and arch/x86, or debian:6.12",
    });
  }
  // As the tree's own Makefile has it, which would end the build with the same.
  const traces = [".config", "include/config", "arch/x86/include/generated"];
  const trace = traces.find((file) => existsSync(join(tree, file)));
  if (trace !== undefined) {
    const message = `${tree} was built in itself (it has ${trace}), and can't be built elsewhere beside that`;
    throw new IopathError(ExitStatus.cannotRun, message, {
      remedy: `\`make -C ${tree} mrproper\` removes what was built; or --kernel takes the tree as it is`,
    });
  }
  const path = createHash("sha256").update(realpathSync(tree)).digest("hex").slice(0, 8);
  const into = builtFolder(`${basename(tree)}-${path}`);
  return { name: tree, tree, into, [Symbol.dispose]: () => {} };
}

/** @returns the tree, of the newest source package of that line at the time it was fetched */
async function fetchSource(
  version: string,
  tell: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<string> {
  const name = sourceEntry(version);
  const entry = await cached(name, async (folder) => {
    pruneWorks(tell);
    requireSpace(sourceBytes);
    const tools = await setUpTools(tell, signal);
    using work = new WorkFolder(cacheFolder(), "kernel-source");
    const apt = await Apt.open(join(work.path, "apt"), kernelSuites, signal);
    requireOnMirror(name, await apt.names(sourceEntry("")));
    tell(`fetching the source of Linux ${version} (150 MB, 1.6 GB unpacked) from Debian`);
    await apt.unpackAlone([name], join(work.path, "package"));
    const at = join(work.path, "package/usr/src");
    const archive = readdirSync(at).find((file) => /^linux-source-.*\.tar\.xz$/.test(file))!;
    // By the dates of the archive, make would keep what was built of an earlier source.
    const options = ["--touch", "--strip-components=1", "--directory", folder];
    const status = await untarXz(join(at, archive), tools, options, signal);
    if (status === 0) return;
    throw new IopathError(ExitStatus.cannotRun, `${archive} can't be unpacked into ${folder}`);
  });
  return entry;
}

/**
 * @param packages of the mirror whose names begin as that of a source does
 * @throws IopathError that says which lines the mirror has
 */
export function requireOnMirror(name: string, packages: readonly string[]): void {
  if (packages.includes(name)) return;
  const lines = packages.map((one) => one.slice(sourceEntry("").length)).filter(isLine);
  const inOrder = lines.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  throw new IopathError(ExitStatus.cannotRun, `the Debian mirror has no ${name}`, {
    remedy: `it has ${inOrder.map((line) => `debian:${line}`).join(", ") || "none"}; or name a tree of your own`,
  });
}
