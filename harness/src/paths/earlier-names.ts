/**
 * Names of earlier versions are still read, in files, configs and flags: they are made today's
 * where they come in. Nothing writes them again, except in requests to an earlier revision.
 */
import { earlierNames } from "./loaders.ts";

const paths = new Map<string, string>(Object.entries(earlierNames.paths));
const variants = new Map(
  Object.entries(earlierNames.variants).map(([path, names]): [string, Map<string, string>] => [
    path,
    new Map(Object.entries(names)),
  ]),
);

export function pathToday(path: string): string {
  return paths.get(path) ?? path;
}

/** @param path by its name of today */
function variantToday(path: string, variant: string): string {
  return variants.get(path)?.get(variant) ?? variant;
}

/** A variant that is named without its path. */
export function anyVariantToday(variant: string): string {
  const known = [...variants.values()].find((names) => names.has(variant));
  return known?.get(variant) ?? variant;
}

/** Each path with its variants, as a section of a config has them. */
export function pathsToday(listed: Readonly<Record<string, readonly string[]>>) {
  const today: Record<string, string[]> = {};
  for (const [name, names] of Object.entries(listed)) {
    const path = pathToday(name);
    const listedToday = names.map((variant) => variantToday(path, variant));
    today[path] = [...new Set([...(today[path] ?? []), ...listedToday])];
  }
  return today;
}

/**
 * A cell's id or a part of one: "null/none/64B/…", that behind a place, "null" alone. What follows
 * a path is its variant.
 */
export function cellToday(cell: string): string {
  const parts = cell.split("/");
  const at = parts.findIndex((part) => paths.has(part) || variants.has(part));
  if (at < 0) return cell;
  const path = pathToday(parts[at]!);
  const variant = parts.slice(at + 1, at + 2).map((name) => variantToday(path, name));
  return [...parts.slice(0, at), path, ...variant, ...parts.slice(at + 2)].join("/");
}

export interface Named {
  readonly path: string;
  readonly variant: string;
}

/** What has a path and a variant, a row or a request of a trial. */
export function namedToday<T extends Named>(named: T): T {
  const path = pathToday(named.path);
  return { ...named, path, variant: variantToday(path, named.variant) };
}

/** As a revision before today's names knows it; those after know both. */
export function namedEarlier<T extends Named>(named: T): T {
  const { path, variant } = named;
  const earlierOf = (names: ReadonlyMap<string, string> | undefined, name: string) =>
    [...(names ?? [])].find(([, today]) => today === name)?.[0] ?? name;
  return {
    ...named,
    path: earlierOf(paths, path),
    variant: earlierOf(variants.get(path), variant),
  };
}
