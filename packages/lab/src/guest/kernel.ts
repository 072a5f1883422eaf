/**
 * Debian's kernel, made ready to boot fast: the uncompressed image, and modules in loading order.
 */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";

/** The compressed kernel inside a bzImage, Linux Documentation/arch/x86/boot.rst. */
export function compressedPayload(image: Buffer): Buffer {
  const setupSectorsAt = 0x1f1;
  const payloadOffsetAt = 0x248;
  const payloadLengthAt = 0x24c;
  const protectedMode = ((image[setupSectorsAt] || 4) + 1) * 512;
  const start = protectedMode + image.readUInt32LE(payloadOffsetAt);
  const sizeBytes = 4; // the uncompressed size, appended to the payload
  return image.subarray(start, start + image.readUInt32LE(payloadLengthAt) - sizeBytes);
}

/** A module's file and what must be loaded before it. */
interface Module {
  readonly path: string;
  readonly needs: readonly string[];
}

/**
 * The files of the named modules and of all they depend on, each after those it needs. Names that
 * are built into the kernel have no file.
 *
 * @param folder lib/modules/VERSION
 */
export function modulesInOrder(folder: string, names: readonly string[]): string[] {
  const paths = modulePaths(folder);
  const builtIn = new Set(
    readFileSync(join(folder, "modules.builtin"), "utf8")
      .split("\n")
      .map((line) => canonical(basename(line, ".ko"))),
  );
  const ordered: string[] = [];
  const visited = new Set<string>();
  const visit = (name: string) => {
    if (visited.has(name)) return;
    visited.add(name);
    const path = paths.get(name);
    if (path) {
      for (const need of readModule(path).needs) visit(need);
      ordered.push(path);
    } else if (!builtIn.has(name)) {
      throw new IopathError(ExitStatus.cannotRun, `the guest's kernel has no module ${name}`);
    }
  };
  for (const name of names) visit(canonical(name));
  return ordered;
}

function modulePaths(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const modules = files.filter((file) => file.endsWith(".ko"));
  return new Map(modules.map((file) => [canonical(basename(file, ".ko")), join(folder, file)]));
}

/** The kernel's names have underscores where files may have dashes. */
function canonical(name: string): string {
  return name.replaceAll("-", "_");
}

/** Reads `depends` and `softdep=pre:` of the .modinfo section, zero-terminated strings. */
function readModule(path: string): Module {
  const text = readFileSync(path).toString("latin1");
  const depends = /\0depends=([^\0]*)\0/.exec(text)?.[1] ?? "";
  const before = [...text.matchAll(/\0softdep=pre: ([^\0]*)\0/g)].flatMap(([, list]) =>
    list!.split(" post:")[0]!.trim().split(/\s+/),
  );
  return { path, needs: [...depends.split(","), ...before].filter(Boolean).map(canonical) };
}
