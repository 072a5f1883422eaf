/** All paths at once, for what plans and reports. */
import type { Path } from "@iopath/contract";
import { pathLoaders, unknownPathError } from "./loaders.ts";

export { findVariant, nullPath, nullVariant } from "./loaders.ts";

export const paths: readonly Path[] = await Promise.all(
  Object.values(pathLoaders).map((load) => load()),
);

/** @throws IopathError when there is no such path */
export function findPath(name: string): Path {
  const path = paths.find((candidate) => candidate.name === name);
  if (!path) throw unknownPathError(name);
  return path;
}
