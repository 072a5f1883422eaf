/**
 * A flag that is given twice. Of one that takes a value the last counts, as everywhere: scripts set
 * what they usually want, and their callers add to it. Of a list one can't tell whether the second
 * replaces the first or adds to it.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import type { Command, Option } from "commander";
import { listParsers } from "./parse.ts";

/**
 * Makes all commands below `program` refuse a list that is given twice, and a flag with its
 * opposite.
 */
export function refuseTwice(program: Command): void {
  for (const command of program.commands) {
    refuseTwice(command);
    const seen = new Map<string, Option>();
    for (const option of command.options) {
      command.on(`option:${option.name()}`, () => {
        const name = option.attributeName();
        const first = seen.get(name);
        if (first && first.long !== option.long) throw oppositesError(first, option);
        if (first && listParsers.has(option.parseArg)) throw twiceError(option);
        seen.set(name, option);
      });
    }
  }
}

function twiceError({ long }: Option): IopathError {
  return new IopathError(ExitStatus.usage, `${long} is given twice`, {
    remedy: `a list is comma-separated: \`${long} A,B\``,
  });
}

function oppositesError({ long: first }: Option, { long: second }: Option): IopathError {
  return new IopathError(ExitStatus.usage, `${first} and ${second} do not go together`, {
    remedy: "leave one of them out",
  });
}
