/** Flags over a config: they narrow its sections, and what no section has they add to the first. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type Clock, clockOf, type DevicesPlace, type GuestPlace, type Place } from "@iopath/lab";
import { absoluteKernel, findGuestMachine, parseKernelName, usualKernel } from "@iopath/lab/guest";
import { findLab, findPath, paths, testerOnly, testerOnlyVariant } from "../paths/all.ts";
import { labOfPlace, variantsOf } from "../paths/labs.ts";
import { axisList } from "./axis-list.ts";
import { chooseCard } from "./card.ts";
import { chooseInterfaces } from "./interfaces.ts";
import type { Overrides } from "./override-flags.ts";
import { placeIdOf } from "./place-axes.ts";
import { noInstructionsOnHost, usualGuest } from "./place-keys.ts";
import { refusePlaceClashes } from "./place-rules.ts";
import type { Section } from "./section.ts";

type Config = readonly Section[];

/** @throws IopathError, exit status 3, for an unknown path or variant */
export function applyOverrides(config: Config, flags: Overrides): Section[] {
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
  }));
  const mayRepeat = flags.kernel !== undefined || Object.keys(listsOf(flags)).length > 0;
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

/**
 * Sections of the place, machine and clock asked for; without one, the first section moved there.
 */
function choosePlaces(config: Config, flags: Overrides): Section[] {
  const { machine, clock, kernel } = flags;
  const devices = chooseDevices(flags);
  const ofHost = devices ?? flags.ports;
  const kind = flags.place ?? (machine || kernel ? "guest" : ofHost ? "host" : undefined);
  let chosen = [...config];
  if (kind === "guest") chosen = narrow(chosen, isGuest, () => usualGuest);
  if (kind === "host") chosen = narrow(chosen, (place) => !isGuest(place), onHost);
  if (machine) {
    const isMachine = (place: Place) => isGuest(place) && place.machine === machine;
    chosen = narrow(chosen, isMachine, (place) => withMachine(place, machine));
  }
  if (clock) {
    const hasClock = (place: Place) => clockOf(place) === clock;
    chosen = narrow(chosen, hasClock, (place) => withClock(place, clock));
  }
  if (kernel) chosen = chosen.flatMap((section) => withKernels(section, kernel));
  if (devices) return [{ ...chosen[0]!, place: devices, paths: variantsOf(labOfPlace(devices)) }];
  return chosen.map((section) => ({ ...section, place: withInterfaces(section.place, flags) }));
}

/** Sections at such a place; without one, the first section, moved to `make` of its place. */
function narrow(
  sections: Section[],
  isWanted: (place: Place) => boolean,
  make: (place: Place) => Place,
): Section[] {
  const found = sections.filter(({ place }) => isWanted(place));
  return found.length > 0 ? found : [{ ...sections[0]!, place: make(sections[0]!.place) }];
}

function isGuest(place: Place): place is GuestPlace {
  return place.kind === "guest";
}

function onHost(): Place {
  return { kind: "lab" };
}

/** @throws IopathError, exit status 3, for a machine that is not a guest's or is not known */
function withMachine(place: Place, machine: string): Place {
  findGuestMachine(machine);
  if (isGuest(place)) return { ...place, machine };
  const message = `machine ${machine} is a guest's, and the place is host`;
  throw new IopathError(ExitStatus.usage, message, { remedy: "leave out --place, or --machine" });
}

/** @throws IopathError, exit status 3, for a kernel that is not a guest's or is not known */
function withKernels(section: Section, names: readonly string[]): Section[] {
  const { place } = section;
  if (!isGuest(place)) {
    const message = `kernel ${names.join()} is a guest's, and the place is host`;
    throw new IopathError(ExitStatus.usage, message, { remedy: "leave out --place, or --kernel" });
  }
  const { kernel: _kernel, ...usual } = place;
  return names.map((name) => {
    parseKernelName(name);
    const kernel = absoluteKernel(name, ".");
    return { ...section, place: kernel === usualKernel ? usual : { ...usual, kernel } };
  });
}

/** @throws IopathError, exit status 3: the host counts no instructions */
function withClock(place: Place, clock: Clock): Place {
  if (isGuest(place)) return { ...place, clock };
  throw new IopathError(ExitStatus.usage, noInstructionsOnHost, {
    remedy: "--place, --machine and --clock say which section is meant",
  });
}

/** Functions of a card, or verbs devices: only some paths can use such ports. */
function chooseDevices(flags: Overrides): DevicesPlace | undefined {
  const card = chooseCard(flags);
  const devices = chooseRdmaDevices(flags);
  const place: DevicesPlace | undefined =
    (card && { kind: "card", ...card }) ?? (devices && { kind: "verbs", devices });
  if (place) findLab(labOfPlace(place))?.lab.devices?.check(place);
  return place;
}

/** One device is both ports' own. */
function chooseRdmaDevices({ rdmaDevice }: Overrides): [string, string] | undefined {
  if (rdmaDevice === undefined) return undefined;
  const [first, second = first, ...others] = rdmaDevice;
  if (first && second && others.length === 0) return [first, second];
  const message = "--rdma-device takes one verbs device, or two: DEV0,DEV1";
  throw new IopathError(ExitStatus.usage, message);
}

function withInterfaces(place: Place, flags: Overrides): Place {
  const configured = place.kind === "interfaces" ? place : undefined;
  const interfaces = chooseInterfaces(configured, flags);
  return interfaces ? { kind: "interfaces", ...interfaces } : place;
}

/** Sections with the paths and variants asked for; sections without any are left out. */
function chooseVariantsOf(config: Config, flags: Overrides): Section[] {
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

function withVariants(sections: Section[]): Section[] {
  return sections.filter(({ paths }) => Object.keys(paths).length > 0);
}

/** Flags that leave out sections or paths, as users write them. */
const narrowing = [
  ...([
    ["path", "--path"],
    ["place", "--place"],
    ["machine", "--machine"],
  ] as const),
  ...([
    ["clock", "--clock"],
    ["ports", "--ports"],
    ["pf", "--pf"],
  ] as const),
  ["rdmaDevice", "--rdma-device"] as const,
];

function refuseUnknown(
  variants: readonly string[],
  names: readonly string[],
  flags: Overrides,
): void {
  const known = names.flatMap(allVariants);
  const unknown = variants.find((variant) => !known.includes(variant));
  if (unknown === undefined) return;
  const given = narrowing.filter(([flag]) => flags[flag] !== undefined).map(([, flag]) => flag);
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
