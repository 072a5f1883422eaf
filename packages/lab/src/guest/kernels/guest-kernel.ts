/** The kernel of a guest as its machine needs it: which modules it loads, and what it lacks. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import type { GuestMachine } from "../machine.ts";
import { configOf, entryFiles } from "./kernel-cache.ts";
import { nameWithOption, notBuiltIn } from "./kernel-options.ts";
import { modulesInOrder } from "./modules.ts";

/** Needed to mount the root file system and to talk to the host; the guest is of no use without. */
export const bootModules = ["virtio_pci", "virtio_console", "9pnet_virtio", "9p", "overlay"];
/** What every path's lab, or its tester, is made of. */
const labModules = ["veth"];

/** Modules of a machine as a kernel has them, in loading order. */
interface LoadedModules {
  readonly boot: readonly string[];
  readonly devices: readonly string[];
  /** "igb (CONFIG_IGB)": paths that need it are skipped. */
  readonly lacks: readonly string[];
}

/**
 * @param entry of the cache
 * @throws IopathError for a kernel without which no path runs in a guest
 */
export function modulesFor(entry: string, { name, modules }: GuestMachine): LoadedModules {
  const boot = modulesInOrder(join(entry, entryFiles.modules), bootModules);
  const wanted = [...bootModules, ...modules, ...labModules];
  const all = modulesInOrder(join(entry, entryFiles.modules), wanted);
  const missing = reallyMissing(entry, all.missing);
  const needed = missing.filter((one) => [...bootModules, ...labModules].includes(one));
  if (needed.length > 0) {
    const version = readFileSync(join(entry, entryFiles.version), "utf8");
    const message = `kernel ${version} has no ${needed.map(nameWithOption).join(", ")}, which a guest needs`;
    throw new IopathError(ExitStatus.cannotRun, `${message} (machine ${name})`, {
      remedy: "build it with these options, or take another kernel: `iopath kernels` lists them",
    });
  }
  return {
    boot: boot.files,
    devices: all.files.slice(boot.files.length),
    lacks: missing.map(nameWithOption),
  };
}

/** An image alone says nothing of what is built in, but by its configuration. */
function reallyMissing(entry: string, missing: readonly string[]): string[] {
  const config = configOf(entry);
  if (config !== undefined) return notBuiltIn(config, missing);
  return existsSync(join(entry, entryFiles.modules, "modules.builtin")) ? [...missing] : [];
}

/** Beginning of the SHA-256 of a configuration's options; empty where it is not known. */
export function configHashOf(config: string | undefined): string {
  if (config === undefined) return "";
  const options = [...optionsOf(config)].map((pair) => pair.join("="));
  return createHash("sha256").update(options.join("\n")).digest("hex").slice(0, 12);
}

/** "CONFIG_PREEMPT" → "y", in the order of names; what is not set is not in it. */
export function optionsOf(config: string): Map<string, string> {
  const set = [...config.matchAll(/^(CONFIG_\w+)=(.*)$/gm)];
  const pairs = set.map(([, name, value]): [string, string] => [name!, value!]);
  return new Map(pairs.sort(([a], [b]) => (a < b ? -1 : 1)));
}
