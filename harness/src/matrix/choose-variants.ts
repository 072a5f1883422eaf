/** Flags that say what: the paths and variants of a config that they leave, or add. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { findPath, paths, testerOnly, testerOnlyVariant } from "../paths/all.ts";
import type { Overrides } from "./override-flags.ts";
import type { Section } from "./section.ts";

type Config = readonly Section[];

/** Sections with the paths and variants asked for; sections without any are left out. */
export function chooseVariantsOf(config: Config, flags: Overrides): Section[] {
  const { path: names, variant: variants } = flags;
  for (const name of names ?? []) if (name !== testerOnly) findPath(name);
  const named = names ? choosePaths(config, names) : [...config];
  if (!variants) return named;
  const left = [...new Set(named.flatMap((section) => Object.keys(section.paths)))];
  refuseUnknown(variants, left, flags);
  refuseEmptied(names ?? [], variants);
  return chooseVariants(named, variants);
}

/** A path that no section has goes to the first, with all its variants. */
function choosePaths(config: Config, names: readonly string[]): Section[] {
  const missing = names.filter((name) => !config.some((section) => section.paths[name]));
  const chosen = config.map((section, i) => {
    const has = names.filter((name) => section.paths[name] || (i === 0 && missing.includes(name)));
    const listed = has.map((name) => [name, section.paths[name] ?? allVariants(name)] as const);
    return { ...section, paths: Object.fromEntries(listed) };
  });
  return withVariants(chosen);
}

/** A variant that no section lists is taken by the first one that has its path. */
function chooseVariants(config: Config, variants: readonly string[]): Section[] {
  const owed = new Set<string>();
  for (const section of config) {
    for (const [path, listed] of Object.entries(section.paths)) {
      for (const variant of allVariants(path).filter((name) => variants.includes(name))) {
        if (!listed.includes(variant)) owed.add(`${path}/${variant}`);
      }
    }
  }
  const isListed = (name: string) =>
    config.some(({ paths }) =>
      Object.entries(paths).some(([path, listed]) => listed.some((v) => `${path}/${v}` === name)),
    );
  for (const name of [...owed].filter(isListed)) owed.delete(name);
  return withVariants(
    config.map((section) => {
      const wanted = Object.entries(section.paths).map(([path, listed]) => {
        const taken = allVariants(path).filter((variant) => {
          if (!variants.includes(variant)) return false;
          return listed.includes(variant) || owed.delete(`${path}/${variant}`);
        });
        return [path, taken] as const;
      });
      return {
        ...section,
        paths: Object.fromEntries(wanted.filter(([, taken]) => taken.length > 0)),
      };
    }),
  );
}

/** Sections that have something to measure. */
export function withVariants(sections: Section[]): Section[] {
  return sections.filter(({ paths }) => Object.keys(paths).length > 0);
}

/** Flags that leave out sections or paths, as users write them. */
const narrowing = {
  path: "--path",
  place: "--place",
  machine: "--machine",
  clock: "--clock",
  ports: "--ports",
  pf: "--pf",
  rdmaDevice: "--rdma-device",
} as const satisfies Partial<Record<keyof Overrides, string>>;

function refuseUnknown(
  variants: readonly string[],
  names: readonly string[],
  flags: Overrides,
): void {
  const known = names.flatMap(allVariants);
  const unknown = variants.find((variant) => !known.includes(variant));
  if (unknown === undefined) return;
  const given = Object.entries(narrowing)
    .filter(([name]) => flags[name as keyof typeof narrowing] !== undefined)
    .map(([, flag]) => flag);
  const left = given.length > 0 ? `, which ${given.join(" and ")} left` : "";
  const message = `--variant ${unknown}: no variant named ${unknown} in ${names.join(", ")}${left}`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: `variants there are ${known.join(", ")}`,
  });
}

/** A named path without any of the variants would be left out silently. */
function refuseEmptied(names: readonly string[], variants: readonly string[]): void {
  const emptied = names.find((name) => !allVariants(name).some((one) => variants.includes(one)));
  if (emptied === undefined) return;
  const message = `--path ${emptied} has no effect with --variant ${variants.join()}: it has none of them`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: `its variants are ${allVariants(emptied).join(", ")}`,
  });
}

function allVariants(name: string): string[] {
  if (name === testerOnly) return [testerOnlyVariant];
  return paths.find((path) => path.name === name)?.variants.map((variant) => variant.name) ?? [];
}
