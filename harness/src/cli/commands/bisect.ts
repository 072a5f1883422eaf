/** `iopath bisect` and `iopath bisect-step`: their flags, and the plans that these come down to. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { parseKernelName } from "@iopath/lab/guest";
import { type Command, InvalidArgumentError } from "commander";
import { problemOfFigures } from "../../bisect/step.ts";
import { thresholdOf } from "../../gate/thresholds.ts";
import { countedInGuest } from "../../matrix/counted-in-guest.ts";
import type { Overrides } from "../../matrix/override-flags.ts";
import type { Section } from "../../matrix/section.ts";
import { type WaitFlags, withAxisFlags, withGuestFlags, withWaitFlag } from "../flags/options.ts";
import { fraction, positive, text } from "../flags/parse.ts";
import type { BisectedCell, BisectPlan, BisectStepPlan } from "../kernel-plans.ts";
import type { Answer } from "../plan.ts";
import { planThresholds } from "./counted.ts";
import { overridesOf, partsOf, pathsOf, requireVariant } from "./named-variants.ts";

interface CellFlags extends Overrides, WaitFlags {
  readonly cell: string;
  readonly within?: number;
  readonly out: string;
}

interface BisectFlags extends CellFlags {
  readonly profile: boolean;
  readonly json?: boolean;
}

interface StepFlags extends CellFlags {
  readonly good: number;
  readonly bad: number;
  readonly build?: boolean;
}

const usualMachine = "igb";
const usualOut = "results/bisect";

export function addBisectCommands(program: Command, answer: Answer): void {
  const bisect = program
    .command("bisect")
    .description(
      "find between which two kernels a cell's cost changed: " +
        "iopath bisect debian:6.12 debian:7.3 --cell PATH/VARIANT",
    )
    .argument("<kernels...>", "in their order; two of Debian's stand for all between them")
    .option("--no-profile", "don't say which functions it is")
    .option("--json", "print the result as JSON");
  withCellFlags(bisect).action(async (kernels: string[], flags: BisectFlags) =>
    answer(await planBisect(kernels, flags)),
  );
  const step = program
    .command("bisect-step")
    .description(
      "a step of `git bisect run`: exit status 0 for the good figure, 1 for the bad one, 125 where " +
        "it can't be told, 128 to give up",
    )
    .argument("[kernel]", "a tree that Linux was built in, or another kernel", ".")
    .requiredOption("--good <figure>", "instructions per frame before the change", figure)
    .requiredOption("--bad <figure>", "and after it", figure)
    .option("--build", "build the tree first, as `iopath kernel build` does");
  withCellFlags(step).action(async (kernel: string, flags: StepFlags) =>
    answer(await planStep(kernel, flags)),
  );
}

function withCellFlags(command: Command): Command {
  const own = command
    .requiredOption("--cell <variant>", "PATH/VARIANT whose cost it is", text)
    .option("--within <fraction>", "what differs by less is alike (default: as the gate)", fraction)
    .option("--samples <count>", "windows sampled on each kernel", positive)
    .option("--out <folder>", "where the runs go", text, usualOut);
  return withAxisFlags(withGuestFlags(withWaitFlag(own)), ["workers"]);
}

function figure(value: string): number {
  const number = Number(value.replaceAll(",", ""));
  if (number > 0 && number < Number.POSITIVE_INFINITY) return number;
  throw new InvalidArgumentError("not instructions per frame: 6144.");
}

async function planBisect(kernels: readonly string[], flags: BisectFlags): Promise<BisectPlan> {
  const { refuseTwins } = await import("../../matrix/choose-places.ts");
  for (const name of kernels) parseKernelName(name);
  if (kernels.length < 2) {
    throw new IopathError(ExitStatus.usage, `a bisect of ${kernels.length} kernel has no middle`, {
      remedy: "name two of Debian's, `debian:6.12 debian:7.3`, or any kernels in their order",
    });
  }
  refuseTwins(kernels);
  const { profile, json = false, out, wait: waitMinutes } = flags;
  const cell = await planCell(flags);
  return { does: "bisect", kernels, cell, profile, json, out, waitMinutes };
}

async function planStep(kernel: string, flags: StepFlags): Promise<BisectStepPlan> {
  const { good, bad, build = false, out, wait: waitMinutes } = flags;
  if (!build) parseKernelName(kernel);
  const cell = await planCell(flags);
  const figures = { good, bad, within: cell.within };
  const problem = problemOfFigures(figures);
  if (problem === undefined) {
    return { does: "bisect-step", kernel, build, cell, figures, out, waitMinutes };
  }
  throw new IopathError(ExitStatus.usage, `--good and --bad: ${problem}`, {
    remedy: "name the cell's figures on both ends, as `iopath run --kernel` prints them",
  });
}

async function planCell(flags: CellFlags): Promise<BisectedCell> {
  const { cellToday } = await import("../../paths/earlier-names.ts");
  const { narrowSections } = await import("../../matrix/config.ts");
  const { expandMatrix } = await import("../../matrix/cell.ts");
  const { ownTesterPaths, testerOnly, testerOnlyVariant } = await import("../../paths/loaders.ts");
  const { machine = usualMachine, within } = flags;
  const variant = cellToday(flags.cell);
  await requireVariant(variant);
  const hasOwnTester = ownTesterPaths.includes(partsOf(variant)[0]);
  const tester = hasOwnTester ? [] : [`${testerOnly}/${testerOnlyVariant}`];
  const paths = pathsOf([...new Set([...tester, variant])]);
  const [section] = narrowSections({ ...countedInGuest, machine, paths }, overridesOf(flags));
  const cells = expandMatrix([section as Section]);
  const own = cells.filter(({ path, variant: name }) => `${path}/${name}` === variant);
  if (own.length > 1) {
    const message = `--cell ${flags.cell} with these flags is ${own.length} cells, and one is bisected`;
    throw new IopathError(ExitStatus.usage, message, {
      remedy: `give each flag one value: they are ${own.map(({ id }) => id).join(", ")}`,
    });
  }
  const thresholds = await planThresholds(within === undefined ? {} : { within });
  return { section: section!, variant, within: thresholdOf(thresholds, own[0]!.id) };
}
