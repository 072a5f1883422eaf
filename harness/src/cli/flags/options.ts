/** Flags that several commands take, in the groups that `--help` shows. */
import { iommuModes } from "@iopath/lab/guest";
import { type Command, Option } from "commander";
import { type AxisName, axisList } from "../../matrix/axis-list.ts";
import type { Overrides } from "../../matrix/override-flags.ts";
import {
  minutes,
  minutesOrNone,
  names,
  pathNames,
  percent,
  planted,
  positive,
  text,
  valuesOf,
  variantNames,
} from "./parse.ts";

/** What narrows a matrix, and the file that it is of. */
export interface MatrixFlags extends Overrides {
  readonly config?: string;
}

/** How long a command waits for the machine's lock when nothing is said. */
const waitMinutesDefault = 10;

export interface WaitFlags {
  readonly wait: number;
}

/** Where frames are forwarded: in the lab, in a guest, or between devices of the user's. */
export function withPlaceFlags(command: Command): Command {
  return withInterfacesFlags(withGuestKindFlags(withGuestFlags(command)))
    .optionsGroup("Place:")
    .option("--pf <names>", "on virtual functions made of this card: CARD or CARD,OTHER", names)
    .option("--vfs <count>", "how many functions the card gets; as many as are used", positive)
    .option(
      "--rdma-device <names>",
      "on verbs devices: DEV[:PORT[:GID_INDEX]], or two of them",
      names,
    )
    .optionsGroup("Options:");
}

/** Interfaces that are there. */
export function withInterfacesFlags(command: Command): Command {
  return command
    .optionsGroup("Place:")
    .option("--ports <names>", "forward between these interfaces, not in the lab: IF0,IF1", names)
    .option("--tester <names>", "the interfaces they are wired to: IF2,IF3, or none", names)
    .option("--tester-namespace <name>", "the tester's network namespace, by ip-netns(8)", text)
    .option("--next-hop <address>", "who gets what leaves IF1: a MAC, or a neighbour's IPv4", text)
    .option("--force", "take interfaces that others use too, such as one with a default route")
    .optionsGroup("Options:");
}

/** What narrows a matrix, and how each of its cells is measured. */
export function withMatrixFlags(command: Command, usual = "bench.config.ts"): Command {
  return withSampleFlags(withCellFlags(command, usual))
    .optionsGroup("Matrix:")
    .addOption(new Option("--plant-work <kind=count>").argParser(planted).hideHelp())
    .optionsGroup("Options:");
}

/**
 * @param usual the config that is taken when none is named, as `--help` shows it
 * @param without axes of which there is one value
 */
export function withCellFlags(
  command: Command,
  usual: string,
  without: readonly AxisName[] = [],
): Command {
  command
    .optionsGroup("Matrix:")
    .option("--config <file>", `another matrix than ${usual}`, text)
    .addOption(new Option("--clock <name>", "what is counted").choices(["wall", "instructions"]))
    .option("--path <names>", "only these paths (comma-separated)", pathNames)
    .option("--variant <names>", "only these variants", variantNames);
  return withAxisFlags(command, without);
}

/** @param without axes of which there is one value */
export function withAxisFlags(command: Command, without: readonly AxisName[] = []): Command {
  command.optionsGroup("Matrix:");
  for (const { name, flag } of axisList) {
    if (!without.includes(name)) command.option(flag.option, flag.help, valuesOf(flag));
  }
  return command.optionsGroup("Options:");
}

export function withSampleFlags(command: Command): Command {
  return command
    .optionsGroup("Matrix:")
    .option("--samples <count>", "windows sampled in a trial", positive)
    .option(
      "--rounds <count>",
      "trials of a cell; in turns, launches before it is judged",
      positive,
    )
    .optionsGroup("Options:");
}

/** When cells that are measured in turns are sure enough. */
export function withTurnsFlags(command: Command): Command {
  return command
    .optionsGroup("Matrix:")
    .option("--width <percent>", "measure until a speed-up's 95 % interval is so wide (2)", percent)
    .option("--max-minutes <minutes>", "and no longer than this, section by section", minutes)
    .optionsGroup("Options:");
}

export function withGuestFlags(command: Command): Command {
  return withPlaceFlag(command.optionsGroup("Place:"))
    .option("--machine <name>", "what the guest is, such as igb", text)
    .optionsGroup("Options:");
}

/** Of commands that can run in guests of different kinds. */
export function withGuestKindFlags(command: Command): Command {
  return command
    .optionsGroup("Place:")
    .option("--kernel <names>", "what the guest boots: debian:6.12, a folder, a file", names)
    .addOption(
      new Option("--iommu <mode>", "what a guest's IOMMU does with DMA of kernel drivers").choices(
        iommuModes,
      ),
    )
    .optionsGroup("Options:");
}

export function withPlaceFlag(command: Command): Command {
  const place = new Option("--place <name>", "where the cells run").choices(["host", "guest"]);
  return command.addOption(place);
}

export function withWaitFlag(command: Command): Command {
  return command.addOption(
    new Option(
      "--wait <minutes>",
      "how long to wait while another command measures here; 0 does not wait",
    )
      .argParser(minutesOrNone)
      .default(waitMinutesDefault),
  );
}
