/** Flags that several commands take, and the numbers and lists in them. */
import { basename } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { type Axis, axisList } from "../matrix/axis-list.ts";
import type { Overrides } from "../matrix/overrides.ts";

export interface MatrixFlags extends Overrides {
  readonly config?: string;
}

/** What chooses and narrows a matrix. @param config the file that is taken when none is named */
export function withMatrixFlags(command: Command, config?: string): Command {
  const file = new Option("--config <file>", "another matrix");
  command
    .addOption(new Option("--place <name>", "where the cells run").choices(["host", "guest"]))
    .option("--machine <name>", "what the guest is, such as igb")
    .addOption(new Option("--clock <name>", "what is counted").choices(["wall", "instructions"]))
    .addOption(config ? file.default(config, basename(config)) : file)
    .option("--path <names>", "only these paths (comma-separated)", names)
    .option("--variant <names>", "only these variants", names);
  for (const axis of axisList) {
    command.option(axis.flag.option, axis.flag.help, (text) => valuesOf(axis, text));
  }
  return command
    .option("--ports <names>", "forward between these interfaces, not in the lab: IF0,IF1", names)
    .option(
      "--rdma-device <names>",
      "paths of verbs on these devices: DEV[:PORT[:GID_INDEX]], or two of them",
      names,
    )
    .option("--pf <names>", "on virtual functions made of this card: CARD or CARD,OTHER", names)
    .option("--vfs <count>", "how many functions the card gets; as many as are used", positive)
    .option("--tester <names>", "the interfaces they are wired to: IF2,IF3, or none", names)
    .option("--tester-namespace <name>", "where those are, by ip-netns(8)")
    .option("--next-hop <address>", "who gets what leaves IF1: a MAC, or a neighbour's IPv4")
    .option("--force", "take interfaces that carry a default route as well")
    .addOption(new Option("--plant-work <kind=count>").argParser(planted).hideHelp())
    .option("--samples <count>", "windows sampled in a trial", positive)
    .option("--rounds <count>", "trials of a cell", positive);
}

/** "instructions=40", "syscall=1", "copy=1": see trial/plant.ts. */
function planted(text: string): Overrides["plantWork"] {
  const [kind = "", count = ""] = text.split("=");
  if (["instructions", "syscall", "copy"].includes(kind)) {
    return { kind: kind as "copy", count: positive(count) };
  }
  throw new InvalidArgumentError("instructions=COUNT, syscall=COUNT or copy=COUNT.");
}

export function integer(text: string): number {
  if (/^-?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new InvalidArgumentError("not a whole number.");
}

export function positive(text: string): number {
  const value = integer(text);
  if (value > 0) return value;
  throw new InvalidArgumentError("not above 0.");
}

function valuesOf({ flag }: Axis, text: string): unknown[] {
  return names(text).flatMap((word) => flag.word?.(word) ?? [positive(word)]);
}

/** Comma-separated. */
export function names(text: string): string[] {
  return text.split(",").map((name) => name.trim());
}
