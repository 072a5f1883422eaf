/**
 * The profiler (packages/lab/profiler), a plugin of QEMU: compiled on this machine for the plugin
 * API of each QEMU, kept in the cache, and tried before a guest is booted with it.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { cached, cacheFolder } from "./cache.ts";
import type { GuestMachine, QemuName } from "./machine.ts";
import { findGuestPackages } from "./packages.ts";
import { moduleEnvironment } from "./qemu.ts";
import {
  compileLibrary,
  hashOfFiles,
  requireTools,
  sourcesIn,
  throughLoader,
} from "./toolchain.ts";

const sourceFolder = resolve(import.meta.dirname, "../../profiler");
const trialLimitMs = 60_000;
const remedy = "install gcc and libc6-dev; everything but `iopath profile` works without them";

/** The version of its plugin API: each QEMU takes few of them. */
const apis: Record<QemuName, number> = { "qemu-11": 7, "qemu-10": 4, "qemu-7.2": 1 };

function entryName(): string {
  return `profiler-${hashOfFiles(sourcesIn(sourceFolder))}`;
}

/** Where the profiler of a QEMU is, or will be. */
export function profilerFile(qemu: QemuName): string {
  return join(cacheFolder(), entryName(), `profiler-${qemu}.so`);
}

/**
 * Compiles the profiler for all QEMUs, if it is not there.
 *
 * @param tell gets a line before a step that takes time
 * @throws IopathError with the compiler's words, or without a compiler
 */
export async function buildProfiler(tell: (line: string) => void): Promise<void> {
  if (existsSync(join(cacheFolder(), entryName()))) return;
  requireTools("the profiler", ["gcc"]);
  const code = sourcesIn(sourceFolder).filter((file) => file.endsWith(".c"));
  await cached(entryName(), (folder) => {
    tell("compiling the profiler");
    for (const [qemu, api] of Object.entries(apis)) {
      const options = ["-fvisibility=hidden", `-DAPI=${api}`];
      const to = join(folder, `profiler-${qemu}.so`);
      compileLibrary({ what: "the profiler", code, options, remedy }, to);
    }
  });
}

/** @throws IopathError when the machine's QEMU does not load it: told before any boot */
export function tryProfiler({ qemu }: Pick<GuestMachine, "qemu">, tree: string): void {
  const [program, ...args] = throughLoader(tree, "usr/bin/qemu-system-x86_64");
  const plugin = `${profilerFile(qemu)},out=/dev/null`;
  const nothing = ["-nodefaults", "-display", "none", "-machine", "none", "-monitor", "stdio"];
  const tried = spawnSync(program!, [...args, ...nothing, "-plugin", plugin], {
    input: "quit\n",
    encoding: "utf8",
    timeout: trialLimitMs,
    env: moduleEnvironment({ qemu: tree }),
  });
  if (tried.status === 0) return;
  const said = `${tried.stderr || tried.error?.message || `status ${tried.status}`}`.trim();
  throw new IopathError(ExitStatus.cannotRun, `${qemu} does not load the profiler: ${said}`, {
    remedy: "a QEMU that was built with `--enable-plugins` does; Debian's own are",
  });
}

/**
 * The profiler for a machine, ready to be loaded.
 *
 * @throws IopathError as `buildProfiler` and `tryProfiler` do, or without the guest's packages
 */
export async function setUpProfiler(
  tell: (line: string) => void,
  machine: GuestMachine,
): Promise<string> {
  await buildProfiler(tell);
  tryProfiler(machine, findGuestPackages(machine).qemu);
  return profilerFile(machine.qemu);
}
