/** `iopath profile`: its flags, and the plan that these come down to. */
import { statSync } from "node:fs";
import { ExitStatus, IopathError } from "@iopath/contract";
import { clockOf } from "@iopath/lab";
import { type Command, Option } from "commander";
import type { Config } from "../../matrix/config.ts";
import { countedInGuest } from "../../matrix/counted-in-guest.ts";
import type { Overrides } from "../../matrix/override-flags.ts";
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
      "--against <variant|folder>",
      "what to compare with: PATH/VARIANT of this run, or an earlier profile's folder " +
        "(default: the tester alone, where it is profiled too)",
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
  const against = named === undefined ? undefined : await readAgainst(named);
  const other = against && "variant" in against ? [against.variant] : [];
  if (variants.length === 1 && variants[0] === other[0]) {
    throw new IopathError(ExitStatus.usage, `--against ${named}: that is the variant itself`, {
      remedy: "name another variant, or the folder of an earlier profile",
    });
  }
  const wanted = [...new Set([...variants, ...(variants.length > 0 ? other : [])])];
  for (const variant of wanted) await requireVariant(variant);
  const config = listed ? ofFile(listed, wanted) : await ofVariants(wanted, flags);
  if (other.length > 0) requireAmong(other[0]!, config);
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

/** A variant, if there is one of that name, else a folder. */
async function readAgainst(name: string): Promise<NonNullable<ProfilePlan["against"]>> {
  const { cellToday } = await import("../../paths/earlier-names.ts");
  const variant = cellToday(name);
  if (await isVariant(variant)) return { variant };
  if (statSync(name, { throwIfNoEntry: false })?.isDirectory()) return { folder: name };
  const message = `--against ${name}: no such variant, and no folder of an earlier profile`;
  throw new IopathError(ExitStatus.usage, message, {
    remedy: "name PATH/VARIANT, or the folder that an earlier --out named",
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
