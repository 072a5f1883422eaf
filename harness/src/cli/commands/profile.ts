/** `iopath profile`: its flags, and the plan that these come down to. */
import { statSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { clockOf, type GuestPlace } from "@iopath/lab";
import { isDebians, parseKernelName } from "@iopath/lab/guest";
import { type Command, Option } from "commander";
import type { Config } from "../../matrix/config.ts";
import { countedInGuest } from "../../matrix/counted-in-guest.ts";
import type { Overrides } from "../../matrix/override-flags.ts";
import type { Section } from "../../matrix/section.ts";
import {
  type WaitFlags,
  withAxisFlags,
  withGuestFlags,
  withGuestKindFlags,
  withWaitFlag,
} from "../flags/options.ts";
import { planted, positive, text } from "../flags/parse.ts";
import type { Answer, ProfilePlan } from "../plan.ts";
import { isVariant, overridesOf, partsOf, pathsOf, requireVariant } from "./named-variants.ts";

interface ProfileFlags extends Overrides, WaitFlags {
  readonly config?: string;
  readonly against?: string;
  readonly top: number;
  readonly out: string;
}

const topDefault = 20;
const usualMachine = "igb";

export function addProfileCommand(program: Command, answer: Answer): void {
  const profile = program
    .command("profile")
    .description("say where each instruction of a frame goes, exactly: iopath profile PATH/VARIANT")
    .argument("[variants...]", "PATH/VARIANT; all cells of the config when none is named")
    .option("--config <file>", "cells of its sections that count instructions in a guest", text)
    .option(
      "--against <variant|kernel|folder>",
      "what to compare with: PATH/VARIANT, or the same on another kernel, such as debian:6.12; " +
        "or an earlier profile's folder (default: the tester alone, where it is profiled too)",
      text,
    )
    .option("--samples <count>", "windows sampled in a trial", positive)
    .addOption(new Option("--plant-work <kind=count>").argParser(planted).hideHelp())
    .option("--top <count>", "functions in the table", positive, topDefault)
    .option("--out <folder>", "where the profiles go", text, "results/profile");
  withAxisFlags(withGuestKindFlags(withGuestFlags(withWaitFlag(profile))), ["workers"]).action(
    async (variants: string[], flags: ProfileFlags) => answer(await planProfile(variants, flags)),
  );
}

async function planProfile(given: string[], flags: ProfileFlags): Promise<ProfilePlan> {
  const { cellToday } = await import("../../paths/earlier-names.ts");
  const variants = given.map(cellToday);
  const { config: file, against: named, top, out, wait: waitMinutes } = flags;
  if (variants.length === 0 && file === undefined) {
    const message = "nothing to profile: no PATH/VARIANT and no --config";
    throw new IopathError(ExitStatus.usage, message, {
      remedy: "name one, `iopath profile PATH/VARIANT`; `iopath list` has them",
    });
  }
  const listed = file === undefined ? undefined : await countedSections(flags);
  const against = named === undefined ? undefined : await readAgainst(named, flags);
  const other = against && "variant" in against ? [against.variant] : [];
  if (variants.length === 1 && variants[0] === other[0]) {
    throw new IopathError(ExitStatus.usage, `--against ${named}: that is the variant itself`, {
      remedy: "name another variant, or the folder of an earlier profile",
    });
  }
  const wanted = [...new Set([...variants, ...(variants.length > 0 ? other : [])])];
  for (const variant of wanted) await requireVariant(variant);
  const own = listed ? ofFile(listed, wanted) : await ofVariants(wanted, flags);
  if (other.length > 0) requireAmong(other[0]!, own);
  const config = against && "kernel" in against ? await alsoOn(against.kernel, own) : own;
  return { does: "profile", config, shown: variants, against, top, out, waitMinutes };
}

/** A section of its own for the variants, in the order in which they were named. */
async function ofVariants(variants: readonly string[], flags: ProfileFlags): Promise<Config> {
  const { narrowSections } = await import("../../matrix/config.ts");
  const { machine = usualMachine } = flags;
  return narrowSections(
    { ...countedInGuest, machine, paths: pathsOf(variants) },
    overridesOf(flags),
  );
}

/** @throws IopathError when no section of the file counts */
async function countedSections({ config: file, machine, ...flags }: ProfileFlags): Promise<Config> {
  const { loadConfig } = await import("../../matrix/config.ts");
  const own = machine === undefined ? {} : { machine };
  const config = await loadConfig(file, { ...overridesOf(flags), ...own });
  const counted = config.filter(({ place }) => clockOf(place) === "instructions");
  if (counted.length > 0) return counted;
  const message = `config ${file} counts no instructions: what is timed on this host has no profile`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: 'give a section `place: "guest"` and `clock: "instructions"`, or name variants alone',
  });
}

/** @throws IopathError when no section has one of the variants */
function ofFile(counted: Config, variants: readonly string[]): Config {
  if (variants.length === 0) return counted;
  for (const variant of variants) requireAmong(variant, counted);
  return counted
    .map((section) => ({ ...section, paths: onlyThose(section.paths, variants) }))
    .filter(({ paths }) => Object.keys(paths).length > 0);
}

/**
 * The sections, and each on the other kernel as well where none is there already.
 *
 * @throws IopathError when all of them are on that kernel
 */
async function alsoOn(kernel: string, config: Config): Promise<Config> {
  const { expandMatrix } = await import("../../matrix/cell.ts");
  const { isOnKernel, onKernel } = await import("../../matrix/choose-places.ts");
  if (config.every(({ place }) => isOnKernel(place, kernel))) {
    throw new IopathError(ExitStatus.usage, `--against ${kernel}: that is the kernel itself`, {
      remedy: "name the kernel to look at with --kernel, and another one with --against",
    });
  }
  const idsOf = (section: Section) => expandMatrix([section]).map(({ id }) => id);
  const sections = [...config];
  const known = new Set(config.flatMap(idsOf));
  for (const section of config) {
    const moved = { ...section, place: onKernel(section.place as GuestPlace, kernel) };
    const ids = idsOf(moved);
    if (!ids.every((id) => known.has(id))) sections.push(moved);
    for (const id of ids) known.add(id);
  }
  return sections;
}

/**
 * A variant, if there is one of that name; a kernel, if it is Debian's or one that --kernel names;
 * else a folder.
 */
async function readAgainst(
  name: string,
  { kernel: kernels = [] }: ProfileFlags,
): Promise<NonNullable<ProfilePlan["against"]>> {
  const { cellToday } = await import("../../paths/earlier-names.ts");
  const variant = cellToday(name);
  if (await isVariant(variant)) return { variant };
  if (isDebians(name) || kernels.includes(name)) {
    parseKernelName(name);
    return { kernel: name };
  }
  if (statSync(name, { throwIfNoEntry: false })?.isDirectory()) return { folder: name };
  const message = `--against ${name}: no such variant, and no folder of an earlier profile`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy:
      "name PATH/VARIANT, a kernel of Debian's or of --kernel, or the folder that an earlier --out named",
  });
}

function requireAmong(name: string, config: Config): void {
  const [path, variant] = partsOf(name);
  if (config.some(({ paths }) => paths[path]?.includes(variant))) return;
  const message = `no section that counts instructions in a guest has ${name}`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: `leave out --config: \`iopath profile ${name}\` has a section of its own for it`,
  });
}

function onlyThose(
  paths: Readonly<Record<string, readonly string[]>>,
  variants: readonly string[],
): Record<string, string[]> {
  const left = Object.entries(paths).map(([path, own]) => {
    return [path, own.filter((name) => variants.includes(`${path}/${name}`))] as const;
  });
  return Object.fromEntries(left.filter(([, own]) => own.length > 0));
}
