/**
 * Refuses a flag that would be ignored, since a user who gave it expects it to do something.
 * `effect.ts` has the table.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Command } from "commander";
import { type EffectCase, effectCases } from "./effect.ts";

/** Flags of a command line by their names without dashes, with their values. */
type GivenFlags = ReadonlyMap<string, unknown>;

/** What a user gave, without defaults. */
export function givenFlags(command: Command): GivenFlags {
  const given = command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === "cli",
  );
  return new Map(
    given.map((option) => [
      option.name().replace(/^no-/, ""),
      command.getOptionValue(option.attributeName()),
    ]),
  );
}

/**
 * @throws IopathError, exit status 3, that names a flag without effect and the one that takes it
 * away
 */
export function refuseIdleFlags(command: string, given: GivenFlags): void {
  const cases = effectCases.filter((entry) => entry.command === command);
  const chosen = cases.find(({ chosenBy = [] }) => chosenBy.every((flag) => isGiven(flag, given)));
  if (!chosen) throw new Error(`no case of ${command} in the table of effects`);
  const choosing = (chosen.chosenBy ?? []).map(nameOf);
  for (const name of given.keys()) {
    if (choosing.includes(name) || hasEffect(chosen, name, given)) continue;
    throw idleFlagError(name, given, chosen, cases);
  }
}

function hasEffect({ takes }: EffectCase, name: string, given: GivenFlags): boolean {
  return takes.some((entry) => nameOf(entry) === name && isGiven(entry, given));
}

/** "--tester none", "clock wall" or "--resume": given, and with that value where one is named. */
function isGiven(flag: string, given: GivenFlags): boolean {
  const [, value] = flag.split(" ");
  const name = nameOf(flag);
  return given.has(name) && (value === undefined || String(given.get(name)) === value);
}

/** "--tester none" → "tester" */
function nameOf(flag: string): string {
  return flag.replace(/^--/, "").split(" ")[0]!;
}

function idleFlagError(
  name: string,
  given: GivenFlags,
  chosen: EffectCase,
  cases: readonly EffectCase[],
): IopathError {
  const flag = written(name, given);
  if (chosen.chosenBy) {
    const by = chosen.chosenBy.join(" and ");
    const message = `${flag} has no effect with ${by}: ${chosen.because}`;
    const remedy = `leave out ${flag}, or ${by}`;
    return new IopathError(ExitStatus.usage, message, { remedy });
  }
  const others = cases.filter((entry) => entry.chosenBy && hasEffect(entry, name, given));
  const needed = others.map(({ chosenBy }) => chosenBy!.join(" and ")).join(" or ");
  const expected = chosen.takes.find((entry) => nameOf(entry) === name);
  const message = needed
    ? `${flag} has an effect only with ${needed}`
    : `${flag} has no effect on ${chosen.command}; it takes --${expected}`;
  return new IopathError(ExitStatus.usage, message, { remedy: `leave out ${flag}` });
}

/** A flag as it stands on the command line where its value matters, else its name. */
function written(name: string, given: GivenFlags): string {
  const value = given.get(name);
  if (value === false) return `--no-${name}`;
  return typeof value === "string" && !value.includes("/") ? `--${name} ${value}` : `--${name}`;
}
