/** A tree whose Makefile does what that of Linux does, but compiles one file. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { vi } from "vitest";

/** $O and $KCONFIG_ALLCONFIG as the Makefile of Linux takes them. */
export const makefile = `
allnoconfig:
\tsed '/CONFIG_TUN=/d' $(KCONFIG_ALLCONFIG) > $(O)/.config
bzImage: $(O)/main.o
\tmkdir -p $(O)/include/config $(O)/arch/x86/boot
\techo 6.12.0-me > $(O)/include/config/kernel.release
\tcp $(O)/main.o $(O)/arch/x86/boot/bzImage
$(O)/main.o: main.c
\tgcc -c -o $@ main.c
`;

/**
 * Makes the tree below a folder, with a cache of its own, and with what a build needs and this
 * machine may lack.
 *
 * @returns the tree; `vi.unstubAllEnvs()` ends what it does to the environment
 */
export function makeTree(folder: string): string {
  vi.stubEnv("XDG_CACHE_HOME", join(folder, "cache"));
  for (const name of ["flex", "bison", "bc"]) addTool(folder, name, "");
  vi.stubEnv("PATH", `${join(folder, "bin")}:${process.env.PATH}`);
  writeFileSync(join(folder, "gelf.h"), "");
  vi.stubEnv("CPATH", folder);
  const tree = join(folder, "linux");
  mkdirSync(join(tree, "arch/x86"), { recursive: true });
  writeFileSync(join(tree, "Kconfig"), "");
  writeFileSync(join(tree, "main.c"), "int main(void) { return 0; }\n");
  writeFileSync(join(tree, "Makefile"), makefile);
  return tree;
}

/** A program that stands before those of the system. */
export function addTool(folder: string, name: string, code: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${code}\n`, { mode: 0o755 });
}
