/** Variants that a command line names as PATH/VARIANT, and flags over a section of them. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { axisList } from "../../matrix/axis-list.ts";
import type { Overrides } from "../../matrix/override-flags.ts";

/** "PATH/VARIANT" → its two names. */
export function partsOf(variant: string): [path: string, variant: string] {
  const [path = "", ...rest] = variant.split("/");
  return [path, rest.join("/")];
}

export async function isVariant(name: string): Promise<boolean> {
  const { paths, testerOnly, testerOnlyVariant } = await import("../../paths/all.ts");
  const [path, variant] = partsOf(name);
  if (path === testerOnly) return variant === testerOnlyVariant;
  return paths.some((one) => one.name === path && one.variants.some((v) => v.name === variant));
}

/** @throws IopathError that names those there are */
export async function requireVariant(name: string): Promise<void> {
  if (await isVariant(name)) return;
  const { paths, testerOnly, testerOnlyVariant } = await import("../../paths/all.ts");
  const [path] = partsOf(name);
  const known = paths.find((one) => one.name === path);
  const remedy = known
    ? `variants of ${path} are ${known.variants.map((one) => one.name).join(", ")}`
    : `write PATH/VARIANT; paths are ${paths.map((one) => one.name).join(", ")}, and there is ${testerOnly}/${testerOnlyVariant}`;
  throw new IopathError(ExitStatus.usage, `no variant named ${name}`, { remedy });
}

/** In the order in which they were named. */
export function pathsOf(variants: readonly string[]): Record<string, string[]> {
  const byPath = Map.groupBy(variants.map(partsOf), ([path]) => path);
  return Object.fromEntries(
    [...byPath].map(([path, parts]) => [path, parts.map(([, variant]) => variant)]),
  );
}

/** Of a command's flags those that change a section. */
export function overridesOf(flags: Overrides): Overrides {
  const others = ["kernel", "iommu", "samples", "plantWork"] as const;
  const names = [...axisList.map(({ name }) => name), ...others];
  const given = names.map((name) => [name, flags[name]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Overrides;
}
