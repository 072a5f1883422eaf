/** A kernel's modules: which a guest needs, uncompressed, and in which order they are loaded. */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { decompress } from "./kernel-image.ts";

/** A module's file and what must be loaded before it. */
interface Module {
  readonly path: string;
  readonly needs: readonly string[];
}

/** Names that are built into the kernel have no file; what is not there at all is missing. */
interface OrderedModules {
  readonly files: readonly string[];
  readonly missing: readonly string[];
}

const packed = /\.ko(?:\.(?:xz|zst|gz))?$/;

/**
 * The files of the named modules and of all they depend on, each after those it needs.
 *
 * @param folder with uncompressed modules and `modules.builtin`
 */
export function modulesInOrder(folder: string, names: readonly string[]): OrderedModules {
  const paths = moduleFiles(folder);
  const builtIn = builtInModules(join(folder, "modules.builtin"));
  const files: string[] = [];
  const missing: string[] = [];
  const visited = new Set<string>();
  const visit = (name: string) => {
    if (visited.has(canonical(name))) return;
    visited.add(canonical(name));
    const path = paths.get(canonical(name));
    if (path) {
      for (const need of readModule(path).needs) visit(need);
      files.push(path);
    } else if (!builtIn.has(canonical(name))) missing.push(name);
  };
  for (const name of names) visit(name);
  return { files, missing };
}

/**
 * Copies the named modules, and what they need, uncompressed and into one folder.
 *
 * @param files by the modules' names, as `moduleFiles` has them
 * @param tools see `decompress`
 */
export function copyModules(
  files: ReadonlyMap<string, string>,
  names: readonly string[],
  target: string,
  tools: string,
): void {
  mkdirSync(target, { recursive: true });
  const done = new Set<string>();
  const visit = (name: string) => {
    const file = files.get(name);
    if (!file || done.has(name)) return;
    done.add(name);
    const copy = join(target, basename(file).replace(packed, ".ko"));
    if (file.endsWith(".ko")) copyFileSync(file, copy);
    else writeFileSync(copy, decompress(readFileSync(file), file, tools));
    for (const need of readModule(copy).needs) visit(need);
  };
  for (const name of names) visit(canonical(name));
}

/** All modules below a folder, compressed or not, by name. */
export function moduleFiles(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return byName(files.filter((file) => packed.test(file)).map((file) => join(folder, file)));
}

/** Modules of a build tree, by name: those that its `modules.order` lists. */
export function builtModules(tree: string): Map<string, string> {
  const lines = readFileSync(join(tree, "modules.order"), "utf8").split("\n").filter(Boolean);
  // Since 6.2 it names objects in place of modules.
  const files = lines.map((line) => join(tree, line.replace(/\.o$/, ".ko")));
  return byName(files.filter((file) => existsSync(file)));
}

function byName(files: readonly string[]): Map<string, string> {
  return new Map(files.map((file) => [canonical(basename(file).replace(packed, "")), file]));
}

/** Names in a file `modules.builtin`; none where there is no such file. */
function builtInModules(file: string): Set<string> {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  return new Set(text.split("\n").map((line) => canonical(basename(line, ".ko"))));
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
