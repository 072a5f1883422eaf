/**
 * `iopath kernel build`: what a guest boots, out of a source tree, beside the tree and again and
 * again: what did not change is not compiled a second time.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { requireSpaceIn } from "../../cache.ts";
import { requireBuildTools } from "./build-tools.ts";
import { builtFrom, holdFolder, pruneWorks, releaseFile } from "./built-folders.ts";
import { findSource } from "./kernel-source.ts";
import { logName, runMake } from "./make.ts";
import { guestOptions, optionsLeftOut } from "./options.ts";

export interface KernelBuild {
  /** A source tree, or debian:6.12. */
  readonly source: string;
  /** The folder that it is built in; one of the cache for each source when undefined. */
  readonly into?: string | undefined;
  /** Lines CONFIG_NAME=VALUE over those of the project. */
  readonly options?: string | undefined;
  /** Compilers at once. */
  readonly jobs: number;
}

export interface BuiltKernel {
  /** As `--kernel` takes it. */
  readonly folder: string;
  /** The bzImage in it, which boots without the rest. */
  readonly image: string;
  readonly release: string;
  readonly seconds: number;
}

/** What a build leaves, measured as 239 MB of 6.12, and room for what other versions have more. */
const buildBytes = 400 * 2 ** 20;

/**
 * @param tell gets a line before each step that takes time
 * @throws KernelBuildError with the compiler's words when it does not build; IopathError for a
 *   machine without compilers, and for what is no source
 */
export async function buildKernel(
  { source, into, options = "", jobs }: KernelBuild,
  tell: (line: string) => void,
  signal?: AbortSignal,
): Promise<BuiltKernel> {
  requireBuildTools();
  const started = performance.now();
  using found = await findSource(source, tell, signal);
  const folder = into === undefined ? found.into : resolve(into);
  mkdirSync(folder, { recursive: true });
  using _held = holdFolder(folder, "exclusive");
  if (!existsSync(join(folder, releaseFile))) {
    pruneWorks(tell);
    requireSpaceIn(folder, buildBytes, "a kernel's build needs");
  }
  writeFileSync(join(folder, builtFrom), found.name);
  const make = (...what: string[]) => runMake(found.tree, folder, what, signal);
  const wanted = `${guestOptions()}\n${options}\n`;
  const file = join(folder, "iopath.config");
  writeFileSync(file, wanted);
  await make(`KCONFIG_ALLCONFIG=${file}`, "allnoconfig");
  const left = optionsLeftOut(wanted, readFileSync(join(folder, ".config"), "utf8"));
  if (left.length > 0) tell(`this Linux leaves out ${left.join(", ")}`);
  tell(`building in ${folder}, ${jobs} compilers at once; its words are in ${logName} there`);
  await make(`--jobs=${jobs}`, "bzImage");
  const release = readFileSync(join(folder, releaseFile), "utf8").trim();
  const image = join(folder, "arch/x86/boot/bzImage");
  return { folder, image, release, seconds: (performance.now() - started) / 1000 };
}
