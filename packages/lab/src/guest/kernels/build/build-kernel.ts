/**
 * `iopath kernel build`: what a guest boots, out of a source tree, beside the tree and again and
 * again: what did not change is not compiled a second time.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { requireTools } from "../../toolchain.ts";
import { findSource } from "./kernel-source.ts";
import { guestOptions, KernelBuildError, lastWords, optionsLeftOut } from "./options.ts";

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
  readonly release: string;
  readonly seconds: number;
}

const tools = ["gcc", "make", "flex", "bison", "bc"];
const packages = "sudo apt-get install -y gcc make flex bison bc libelf-dev";

/** @throws IopathError that names what is missing on this machine */
function requireBuildTools(): void {
  requireTools("a kernel", tools, packages);
}

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
  const found = await findSource(source, tell, signal);
  const folder = into === undefined ? found.into : resolve(into);
  mkdirSync(folder, { recursive: true });
  const make = (...what: string[]) => runMake(found.tree, folder, what, signal);
  const wanted = `${guestOptions()}\n${options}\n`;
  const file = join(folder, "iopath.config");
  writeFileSync(file, wanted);
  await make(`KCONFIG_ALLCONFIG=${file}`, "allnoconfig");
  const left = optionsLeftOut(wanted, readFileSync(join(folder, ".config"), "utf8"));
  if (left.length > 0) tell(`this Linux leaves out ${left.join(", ")}`);
  tell(`building in ${folder}, ${jobs} compilers at once; its words are in ${logName} there`);
  await make(`--jobs=${jobs}`, "bzImage");
  const release = readFileSync(join(folder, "include/config/kernel.release"), "utf8").trim();
  return { folder, release, seconds: (performance.now() - started) / 1000 };
}

const logName = "build.log";

/** Runs make(1) on the tree, with what it makes in the folder, and its words in the log there. */
async function runMake(
  tree: string,
  folder: string,
  what: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const log = join(folder, logName);
  const file = openSync(log, "w");
  const args = ["--silent", "-C", tree, `O=${folder}`, "ARCH=x86_64", ...what];
  // The kernel ends it when we are killed; its own compilers end with the file that they are at.
  const running = spawn("setpriv", ["--pdeathsig", "TERM", "--", "make", ...args], {
    stdio: ["ignore", file, file],
    env: { ...process.env, LC_ALL: "C" },
    detached: true, // a group, so that all of it can be ended
  });
  closeSync(file);
  const end = () => process.kill(-running.pid!, "SIGTERM");
  signal?.addEventListener("abort", end);
  try {
    const [status] = (await once(running, "exit")) as [number | null];
    signal?.throwIfAborted();
    if (status === 0) return;
    const said = lastWords(readFileSync(log, "utf8"));
    const message = `the kernel of ${tree} does not build: make ${what.at(-1)} said\n${said}`;
    throw new KernelBuildError(message, {
      remedy: `all of it is in ${log}; what is missing besides the compiler: ${packages}`,
    });
  } finally {
    signal?.removeEventListener("abort", end);
  }
}
