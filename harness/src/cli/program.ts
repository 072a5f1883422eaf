/**
 * The commands of `iopath`, from a command line to an exit status. What they do is in perform/.
 */
import { Command, CommanderError } from "commander";
import { StepStatus } from "../bisect/step.ts";
import { GateStatus } from "../gate/verdict.ts";
import { screenOf } from "../present/terminal/screen.ts";
import { addBisectCommands } from "./commands/bisect.ts";
import { addGateCommands } from "./commands/gate.ts";
import { addMachineCommands } from "./commands/machine.ts";
import { addProfileCommand } from "./commands/profile.ts";
import { addReadingCommands } from "./commands/reading.ts";
import { addRunCommands } from "./commands/run.ts";
import { addSearchCommand } from "./commands/search.ts";
import { addSelfTestCommands } from "./commands/self-test.ts";
import { addVerifyCommand } from "./commands/verify.ts";
import { fromEarlierForm } from "./earlier-forms.ts";
import { givenFlags, refuseIdleFlags } from "./flags/refuse-idle.ts";
import { refuseTwice } from "./flags/twice.ts";
import { statusOfError } from "./outcome.ts";
import type { Answer, Perform, Plan } from "./plan.ts";
import type { OutputWatch } from "./streams.ts";

/** Thrown where `--version` stands: what it prints takes a while to load. */
class VersionAsked extends Error {}

/**
 * Commands whose exit statuses are a gate's: a CI job tells a regression from a gate that failed.
 */
const gateCommands = new Set(["gate", "self-test", "baseline", "trend"]);

interface RunOptions {
  /** Does what the plan says that a command line comes down to. */
  readonly perform: Perform;
  readonly interruption: AbortSignal;
  readonly output: Pick<OutputWatch, "requireWritten">;
}

/** A command that was started. */
interface RunningCommand {
  /** Its exit status; what went wrong is printed by then. */
  readonly status: Promise<number>;
  /** Prints what ended it; the exit status that says so. */
  statusOf(error: unknown): number;
}

/** @param args as the shell gives them, without the program */
export function startCommand(
  args: readonly string[],
  { perform, interruption, output }: RunOptions,
): RunningCommand {
  let answered = 0;
  const answer = async (plan: Plan) => {
    answered = await perform(plan);
  };
  let command = "run";
  const program = buildProgram(answer).hook("preSubcommand", (parent, chosen) => {
    if (parent.name() === "iopath") command = chosen.name();
  });
  const statusOf = (error: unknown) => {
    const ended = statusOfError(error, interruption);
    if (interruption.aborted) return ended;
    if (command === "bisect-step") return StepStatus.abort; // git takes most others for "bad"
    return gateCommands.has(command) ? GateStatus.couldNotRun : ended;
  };
  const run = async () => {
    try {
      await parse(program, fromEarlierForm(args));
      await output.requireWritten();
      return answered;
    } catch (error) {
      return statusOf(error);
    }
  };
  return { status: run(), statusOf };
}

async function parse(program: Command, args: readonly string[]): Promise<void> {
  try {
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof VersionAsked) {
      const { describeVersion } = await import("./version.ts");
      process.stdout.write(`${describeVersion()}\n`);
      return;
    }
    const isHelp = error instanceof CommanderError && error.exitCode === 0;
    if (!isHelp) throw error;
  }
}

export function buildProgram(answer: Answer): Command {
  const program = new Command("iopath")
    .description(
      "What one forwarded frame costs over several Linux I/O paths, measured in one run.",
    )
    .option("-V, --version", "print version and commit, as a report needs them")
    .on("option:version", () => {
      throw new VersionAsked();
    })
    .exitOverride()
    .configureOutput({
      writeErr: (text) => process.stderr.write(text.replace(/^error: /, "iopath: ")),
      getOutHelpWidth: () => helpWidthOf(process.stdout),
      getErrHelpWidth: () => helpWidthOf(process.stderr),
    });
  addRunCommands(program, answer);
  addVerifyCommand(program, answer);
  addProfileCommand(program, answer);
  addSearchCommand(program, answer);
  addBisectCommands(program, answer);
  addReadingCommands(program, answer);
  addGateCommands(program, answer);
  addSelfTestCommands(program, answer);
  addMachineCommands(program, answer);
  refuseTwice(program);
  return program.hook("preAction", (_program, command) => {
    refuseIdleFlags(nameOf(command), givenFlags(command));
  });
}

/** "baseline update" */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}

/** Commander's own when undefined: 80. */
function helpWidthOf(stream: NodeJS.WriteStream): number {
  const { width } = screenOf(stream);
  return Number.isFinite(width) ? width : 80;
}
