/** Flags over a config: they narrow its sections, and what no section has they add to the first. */
import { clockOf } from "@iopath/lab";
import { axisList } from "./axis-list.ts";
import { choosePlaces } from "./choose-places.ts";
import { chooseVariantsOf, withVariants } from "./choose-variants.ts";
import type { Overrides } from "./override-flags.ts";
import { placeIdOf } from "./place-axes.ts";
import { refusePlaceClashes } from "./place-rules.ts";
import type { Section } from "./section.ts";

/** @throws IopathError, exit status 3, for an unknown path or variant */
export function applyOverrides(config: readonly Section[], flags: Overrides): Section[] {
  refusePlaceClashes(flags, config);
  const placed = choosePlaces(config, flags);
  const sections = chooseVariantsOf(placed, flags).map((section) => ({
    ...section,
    ...listsOf(flags),
    rounds: flags.rounds ?? section.rounds,
    samples: flags.samples ?? section.samples,
    ...(flags.width === undefined ? {} : { width: flags.width / 100 }),
    ...(flags.measureMinutes === undefined ? {} : { maxMinutes: flags.measureMinutes }),
    ...(flags.plantWork ? { planted: flags.plantWork } : {}),
    ...(flags.profiles && clockOf(section.place) === "instructions" ? { profiles: true } : {}),
  }));
  const chosen = flags.kernel ?? flags.iommu;
  const mayRepeat = chosen !== undefined || Object.keys(listsOf(flags)).length > 0;
  return mayRepeat ? onlyOnce(sections) : sections;
}

/** The lists of a section that flags replace. */
function listsOf(flags: Overrides): Partial<Section> {
  const given = axisList.filter(({ name }) => flags[name] !== undefined);
  return Object.fromEntries(given.map(({ name, list }) => [list, flags[name]]));
}

/**
 * Sections that differed in what a flag has made the same: a variant is left to the first that has
 * it.
 */
function onlyOnce(sections: readonly Section[]): Section[] {
  const seen = new Set<string>();
  const chosen = sections.map((section) => {
    const where = [placeIdOf(section), ...axisList.map(({ list }) => section[list])];
    const isFirst = (name: string) => {
      const key = JSON.stringify([...where, name]);
      return !seen.has(key) && seen.add(key);
    };
    const listed = Object.entries(section.paths).map(
      ([path, variants]) => [path, variants.filter((name) => isFirst(`${path}/${name}`))] as const,
    );
    const left = listed.filter(([, variants]) => variants.length > 0);
    return { ...section, paths: Object.fromEntries(left) };
  });
  return withVariants(chosen);
}
