/**
 * What guests are made with: a release of Debian, unpacked programs, the compiler of this machine.
 */
import { spawnSync } from "node:child_process";
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

/** @throws IopathError that names what is missing */
export function requireTools(names: readonly string[]): void {
  const missing = names.filter((name) => spawnSync(name, ["--version"]).status !== 0);
  if (missing.length === 0) return;
  const message = `machine pvrdma is built here, and there is no ${missing.join(" and no ")}`;
  throw new IopathError(ExitStatus.cannotRun, message, {
    remedy: "sudo apt-get install -y gcc make libc6-dev",
  });
}
