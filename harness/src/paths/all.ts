/**
 * All paths at once, for what plans and reports: those of this project, and those a config names.
 */
import type { Path } from "@iopath/contract";
import { type Lab, type PathModule, vethLabName } from "@iopath/lab";
import { loadModule, type PathName, pathLoaders, testerOnly, unknownPathError } from "./loaders.ts";
import { importOwnPath, moduleError } from "./own.ts";

export {
  findVariant,
  reference,
  testerOnly,
  testerOnlyVariant,
  typicalVariants,
} from "./loaders.ts";

interface KnownPath {
  readonly module: PathModule;
  /** Of a path of the user's own. */
  readonly file: string | undefined;
}

const known = new Map<string, KnownPath>(
  await Promise.all(
    Object.keys(pathLoaders).map(async (path): Promise<[string, KnownPath]> => {
      return [path, { module: await loadModule({ path }), file: undefined }];
    }),
  ),
);
const list: Path[] = [...known.values()].map(({ module }) => module.path);

/** In the order of the tables; grows by those that a config names. */
export const paths: readonly Path[] = list;

/** @throws IopathError when there is no such path */
export function findPath(name: string): Path {
  const found = known.get(name);
  if (!found) throw unknownPathError(name, [...known.keys()]);
  return found.module.path;
}

/**
 * Adds paths of the user's own.
 *
 * @param files by the names of the paths
 * @throws IopathError, exit status 4, for one that can't be loaded or whose name is taken
 */
export async function addOwnPaths(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    const before = known.get(name);
    if (before?.file !== undefined && before.file === file) continue;
    if (before || name === testerOnly) {
      const taken = before?.file ?? "a path of iopath's own";
      throw moduleError(name, `the name is taken by ${taken}`, "give it another name");
    }
    const module = await importOwnPath(name, file);
    refuseUnknownLabs(module);
    known.set(name, { module, file });
    list.push(module.path);
  }
}

function refuseUnknownLabs(module: PathModule): void {
  const { path, labs = {} } = module;
  const twice = Object.keys(labs).find((lab) => lab === vethLabName || findOwner(lab));
  if (twice) throw moduleError(path.name, `there is a lab named ${twice}`, "give it another name");
  for (const { name, lab = vethLabName } of path.variants) {
    if (lab === vethLabName || labs[lab] || findOwner(lab)) continue;
    const what = `variant ${name} is measured in lab ${lab}, and no path brings it`;
    throw moduleError(path.name, what, "export it in `labs`, by that name");
  }
}

/** The path that brings a lab along. */
function findOwner(lab: string): KnownPath | undefined {
  return [...known.values()].find(({ module }) => module.labs?.[lab]);
}

/** How a trial finds a path: its file where it is the user's own. */
export function pathNameOf(path: string): PathName {
  const file = known.get(path)?.file;
  return { path, ...(file === undefined ? {} : { module: file }) };
}

/** What replaces the device of a variant without one; empty where there is a device. */
export function standInOf({ path, variant }: { path: string; variant: string }): string {
  const variants = known.get(path)?.module.path.variants;
  return variants?.find(({ name }) => name === variant)?.standIn ?? "";
}

/** A lab, and the path that brings it along; undefined for `veth`, which needs none. */
export function findLab(name: string): { lab: Lab; broughtBy: PathName } | undefined {
  const owner = findOwner(name);
  if (!owner) return undefined;
  const { path, labs } = owner.module;
  return { lab: labs![name]!, broughtBy: pathNameOf(path.name) };
}
