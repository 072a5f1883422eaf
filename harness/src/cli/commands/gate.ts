/**
 * `iopath gate`, `iopath baseline` and `iopath trend`: their flags, and the plans that these come
 * down to. A gate counts instructions against a baseline, or with `--against` takes time beside a
 * revision.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type Command, Option } from "commander";
import type { Inconclusive } from "../../gate/report-files.ts";
import type { Section } from "../../matrix/section.ts";
import {
  type MatrixFlags,
  type WaitFlags,
  withGuestFlags,
  withMatrixFlags,
  withWaitFlag,
} from "../flags/options.ts";
import { fraction, minutes, text } from "../flags/parse.ts";
import type {
  AgainstPlan,
  Answer,
  CandidatePlan,
  GateKernelsPlan,
  GatePlan,
  ReportPlan,
} from "../plan.ts";
import { planCountedConfig, planThresholds } from "./counted.ts";
import { planKernels } from "./gate-kernels.ts";

interface CandidateFlags extends MatrixFlags, WaitFlags {
  readonly rows?: string;
  readonly out: string;
}

interface GateFlags extends Omit<CandidateFlags, "kernel"> {
  readonly kernel?: string;
  readonly againstKernel?: string;
  readonly baseline?: string;
  readonly within?: number;
  readonly inconclusive: Inconclusive;
  readonly history: string | false;
  readonly json?: boolean;
  readonly against?: string;
  readonly maxMinutes: number;
}

interface TrendFlags {
  readonly history: string;
  readonly branch?: string;
  readonly json?: boolean;
  readonly otava?: boolean;
}

const history = "results/history.csv";
export const gateConfig = "bench.gate.config.ts";
export const minutesDefault = 10;

export function addGateCommands(program: Command, answer: Answer): void {
  addGateCommand(program, answer);
  const baseline = program.command("baseline").description("the figures that a gate compares with");
  const update = baseline
    .command("update")
    .description("rewrite the baseline, from a new run or from the rows of an earlier one")
    .option("--baseline <file>", "the file to write instead of the one in results/baseline/", text);
  withCandidateFlags(update).action(
    async (flags: CandidateFlags & { readonly baseline?: string }) =>
      answer({
        does: "baseline update",
        candidate: await planCandidate(flags),
        baseline: flags.baseline,
      }),
  );
  program
    .command("trend")
    .description("show how each cell's figure went from gate to gate, and where it changed")
    .option("--history <file>", "where gates added their figures", text, history)
    .option("--branch <name>", "only the gates of this branch", text)
    .option("--json", "print the change points as JSON")
    .option("--otava", "print a configuration with which Apache Otava reads the history")
    .action(({ history: file, branch, json, otava }: TrendFlags) =>
      answer({
        ...{ does: "trend", history: file, branch },
        form: otava ? "otava" : json ? "json" : "text",
      }),
    );
}

function addGateCommand(program: Command, answer: Answer): void {
  const gate = program
    .command("gate")
    .description(
      "compare what each cell costs, in instructions with a baseline or on another kernel, or with " +
        "--against in time with another revision; exit status 0 pass, 1 regression, 2 could not " +
        "run, 3 inconclusive",
    )
    .option("--within <fraction>", "allow so much everywhere: 0.01 is 1 %", fraction)
    .addOption(
      new Option("--inconclusive <as>", "what to make of what can't be told")
        .choices(["fail", "pass"])
        .default("fail"),
    )
    .option("--history <file>", "add the figures there", text, history)
    .option("--no-history", "add them nowhere")
    .option("--json", "print the result as JSON instead of the table")
    .optionsGroup("Against a baseline, in instructions:")
    .option(
      "--baseline <file|revision>",
      "the file, or where git has it, instead of this one",
      text,
    );
  withAgainstFlags(withKernelFlags(withCandidateFlags(gate))).action(async (flags: GateFlags) =>
    answer(await planGate(flags)),
  );
}

function withCandidateFlags(command: Command): Command {
  const own = command
    .option(
      "--rows <file>",
      "take the rows of this run (its results.csv or folder), and make none",
      text,
    )
    .optionsGroup("Options:")
    .option("--out <folder>", "where the run and what was found go", text, "results/gate");
  return withMatrixFlags(withGuestFlags(withWaitFlag(own)), gateConfig);
}

function withAgainstFlags(command: Command): Command {
  return command
    .optionsGroup("Against a revision, in time on this host:")
    .option(
      "--against <revision>",
      "this work tree beside a git revision, such as origin/main",
      text,
    )
    .option("--max-minutes <n>", "end the gate by then, sure or not", minutes, minutesDefault)
    .optionsGroup("Options:");
}

function withKernelFlags(command: Command): Command {
  return command
    .optionsGroup("Against another kernel, in instructions:")
    .option(
      "--against-kernel <name>",
      "the kernel that guests boot for the baseline: debian:6.12, a folder, a file",
      text,
    )
    .option("--kernel <name>", "the kernel that is held against it (default: debian)", text)
    .optionsGroup("Options:");
}

async function planGate(
  { kernel, againstKernel, ...flags }: GateFlags, // the other gates do not have these two
): Promise<GatePlan | AgainstPlan | GateKernelsPlan> {
  if (againstKernel !== undefined) {
    const candidate = kernel === undefined ? {} : { kernel };
    return await planKernels(againstKernel, { ...flags, ...candidate });
  }
  const { out, json = false, inconclusive, history: file, within } = flags;
  const report: ReportPlan = {
    ...{ out, json, inconclusive },
    history: file === false ? undefined : file,
  };
  if (flags.against === undefined) {
    const thresholds = await planThresholds(flags);
    const candidate = await planCandidate(flags);
    return { does: "gate", candidate, baseline: flags.baseline, thresholds, report };
  }
  const { maxMinutes, wait: waitMinutes, against } = flags;
  const cells = await planWallCells(flags);
  return { does: "gate against", against, cells, within, maxMinutes, waitMinutes, report };
}

async function planCandidate(flags: CandidateFlags): Promise<CandidatePlan> {
  const { rows, out, wait: waitMinutes } = flags;
  if (rows !== undefined) return { rows };
  const { isNarrowed } = await import("../../gate/counted/measure.ts");
  const config = await planCountedConfig(flags);
  return { config, out, isPart: isNarrowed(flags), waitMinutes };
}

const usualSizes = { frameBytes: [64], window: [64] };

/** Those of the config that was named, or of the default matrix a few, unless flags name others. */
export async function planWallCells({ config, ...flags }: MatrixFlags) {
  const { loadConfig } = await import("../../matrix/config.ts");
  const { expandMatrix } = await import("../../matrix/cell.ts");
  const here = { place: "host", clock: "wall" } as const;
  const { wallGateCells } = await import("../../paths/loaders.ts");
  const named = flags.path !== undefined || flags.variant !== undefined;
  const few = { ...usualSizes, ...(named ? {} : wallGateCells) };
  const usual = config !== undefined ? {} : few;
  const sections = await loadConfig(config, { ...usual, ...flags, ...here });
  const problem = sections.map(problemOnLanes).find((found) => found !== undefined);
  if (problem === undefined) return expandMatrix(sections);
  throw new IopathError(ExitStatus.config, `config ${config}: ${problem}`, {
    remedy: "name another with --config for gates by the wall clock",
  });
}

/** What a section asks for that two equal lanes do not have. */
function problemOnLanes({ place, workers, planted }: Section) {
  if (place.kind !== "lab") return "such a gate measures in labs of its own, not on ports";
  if (workers.some((count) => count > 1)) return "such a gate measures with one worker";
  return planted ? "such a gate plants no work" : undefined;
}
