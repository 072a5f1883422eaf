/** `iopath self-test`: what each of the two gates can see on this machine. */
import type { Command } from "commander";
import {
  type MatrixFlags,
  type WaitFlags,
  withCellFlags,
  withGuestFlags,
  withPlaceFlag,
  withSampleFlags,
  withWaitFlag,
} from "../flags/options.ts";
import { fraction, minutes, percents, positive, text } from "../flags/parse.ts";
import type { Answer, InstructionsSelfTestPlan, WallSelfTestPlan } from "../plan.ts";
import { planCountedConfig, planThresholds } from "./counted.ts";
import { gateConfig, minutesDefault, planWallCells } from "./gate.ts";

interface SelfTestFlags extends MatrixFlags, WaitFlags {
  readonly out: string;
  readonly equal: number;
  readonly tries: number;
  readonly maxMinutes: number;
}

interface InstructionsFlags extends SelfTestFlags {
  readonly within?: number;
}

interface WallFlags extends SelfTestFlags {
  readonly plant?: number[];
}

const usualPercents = [1, 2, 3, 5, 10];

export function addSelfTestCommands(program: Command, answer: Answer): void {
  const selfTest = program
    .command("self-test")
    .description("say what a gate can see on this machine: its false alarms, and what it finds");
  const instructions = selfTest
    .command("instructions")
    .description("of `iopath gate`: runs of equal code, and trials with planted work")
    .option("--equal <runs>", "runs of equal code; each pair of them is a gate", positive, 10)
    .option("--tries <trials>", "trials with each kind of planted work", positive, 5)
    .option("--within <fraction>", "allow so much everywhere: 0.01 is 1 %", fraction);
  const counted = withGuestFlags(withSelfTestFlags(instructions));
  withSampleFlags(withCellFlags(counted, gateConfig, ["workers"])).action(
    async (flags: InstructionsFlags) => answer(await planInstructions(flags)),
  );
  const wall = selfTest
    .command("wall")
    .description("of `iopath gate --against`: gates of equal code, and gates of slower code")
    .option("--equal <gates>", "gates of equal code", positive, 10)
    .option("--tries <gates>", "gates for each slow-down", positive, 5)
    .option(
      "--plant <percents>",
      `the slow-downs, planted as needless work (default: ${usualPercents})`,
      percents,
    );
  const timed = withPlaceFlag(withSelfTestFlags(wall));
  withCellFlags(timed, "three cells of the default", ["workers"]).action(async (flags: WallFlags) =>
    answer(await planWall(flags)),
  );
}

function withSelfTestFlags(command: Command): Command {
  const own = command
    .option(
      "--max-minutes <n>",
      "end by then; the same command goes on later",
      minutes,
      minutesDefault,
    )
    .option("--out <folder>", "where what was made is kept", text, "results/gate");
  return withWaitFlag(own);
}

async function planInstructions(flags: InstructionsFlags): Promise<InstructionsSelfTestPlan> {
  return {
    does: "self-test instructions",
    config: await planCountedConfig(flags),
    thresholds: await planThresholds(flags),
    ...sizeOf(flags),
  };
}

async function planWall(flags: WallFlags): Promise<WallSelfTestPlan> {
  const shares = (flags.plant ?? usualPercents).map((percent) => percent / 100);
  return { does: "self-test wall", cells: await planWallCells(flags), shares, ...sizeOf(flags) };
}

function sizeOf({ out, equal, tries, maxMinutes, wait: waitMinutes }: SelfTestFlags) {
  return { out, equal, tries, maxMinutes, waitMinutes };
}
