/** `iopath gate` and `iopath baseline`: what can be asked, and which exit status answers. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { type Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { defaultConfig } from "../gate/counted/default-config.ts";
import type { Candidate } from "../gate/counted/gate.ts";
import type { Inconclusive } from "../gate/report-files.ts";
import type { Thresholds } from "../gate/thresholds.ts";
import { type GateResult, GateStatus } from "../gate/verdict.ts";
import { screenOf } from "../present/terminal/screen.ts";
import {
  asksForLanes,
  gateOnLanes,
  type LanesFlags,
  selfTestOnLanes,
  withLanesOptions,
} from "./against.ts";
import { type MatrixFlags, withMatrixFlags } from "./flags.ts";
import { complain } from "./outcome.ts";

interface CandidateFlags extends MatrixFlags {
  readonly config: string;
  readonly rows?: string;
  readonly out: string;
}

interface GateFlags extends LanesFlags {
  readonly config: string;
  readonly baseline?: string;
  readonly inconclusive: Inconclusive;
  readonly history: string | false;
  readonly json?: boolean;
}

interface TrendFlags {
  readonly history: string;
  readonly branch?: string;
  readonly json?: boolean;
  readonly otava?: boolean;
}

export function addGateCommands(program: Command, signal: AbortSignal): void {
  const gate = withLanesOptions(withCandidateFlags(program.command("gate")))
    .description("compare what each cell costs with a baseline: 0 pass, 1 regression, 2, 3")
    .option("--baseline <file|revision>", "the file, or where git has it, instead of this one")
    .option("--within <fraction>", "allow so much everywhere: 0.01 is 1 %", fraction)
    .addOption(
      new Option("--inconclusive <as>", "what to make of what can't be told")
        .choices(["fail", "pass"])
        .default("fail"),
    )
    .option("--history <file>", "add the figures there", "results/history.csv")
    .option("--no-history", "add them nowhere")
    .option("--json", "print the result as JSON instead of the table")
    .action((flags: GateFlags) => answering(signal, () => gateAction(flags, signal)));
  const baseline = program.command("baseline").description("the figures that a gate compares with");
  const update = withCandidateFlags(baseline.command("update"))
    .description("write the baseline anew, from a run made now or the rows of an earlier one")
    .option("--baseline <file>", "the file to write instead of the one in results/baseline/")
    .action((flags: CandidateFlags & { baseline?: string }) =>
      answering(signal, () => updateAction(flags, signal)),
    );
  const trend = program
    .command("trend")
    .description("show how each cell's figure went from gate to gate, and where it changed")
    .option("--history <file>", "where gates added their figures", "results/history.csv")
    .option("--branch <name>", "only the gates of this branch")
    .option("--json", "print the change points as JSON")
    .option("--otava", "print a configuration with which Apache Otava reads the history")
    .action((flags: TrendFlags) => answering(signal, () => trendAction(flags)));
  // Commander's complaints end with a status that says something else here.
  for (const command of [gate, update, trend]) command.exitOverride(refuseUsage);
}

function withCandidateFlags(command: Command): Command {
  return withMatrixFlags(command, defaultConfig)
    .option("--rows <file>", "take the rows of this run (its results.csv or folder), and make none")
    .option("--out <folder>", "where the run and what was found go", "results/gate");
}

function refuseUsage(error: CommanderError): never {
  if (error.exitCode === 0) throw error;
  throw new CommanderError(GateStatus.couldNotRun, error.code, error.message);
}

function fraction(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 10) return value;
  throw new InvalidArgumentError("a fraction above 0 is asked for: 0.01 is 1 %.");
}

/** Whatever goes wrong: the gate could not run, and says so with a status of its own. */
async function answering(signal: AbortSignal, action: () => Promise<void>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (signal.aborted) throw error;
    complain(error);
    process.exitCode = GateStatus.couldNotRun;
  }
}

async function gateAction(flags: GateFlags, signal: AbortSignal): Promise<void> {
  if (asksForLanes(flags)) return lanesAction(flags, signal);
  if (flags.selfTest) return selfTestAction(flags, signal);
  const startedAt = new Date();
  const { gate } = await import("../gate/counted/gate.ts");
  const thresholds = await thresholdsOf(flags);
  const candidate = await findCandidate(flags, signal);
  const found = gate(candidate, flags.baseline, thresholds);
  const elapsedMs = Date.now() - startedAt.getTime();
  await tell({ ...found, startedAt: startedAt.toISOString(), elapsedMs }, flags);
  const { appendHistory, pointOfRows } = await import("../gate/history.ts");
  if (flags.history) appendHistory(flags.history, pointOfRows(candidate.rows));
}

async function thresholdsOf({ within, config }: GateFlags): Promise<Thresholds> {
  const { loadThresholds } = await import("../gate/thresholds.ts");
  const configured = await loadThresholds(config);
  return within ? { within, cells: {} } : configured;
}

/** What the gate on instructions can see here. */
async function selfTestAction(flags: GateFlags, signal: AbortSignal): Promise<void> {
  const { countedSelfTest } = await import("../gate/counted/counted-self-test.ts");
  const { formatCountedSelfTest } = await import("../gate/counted/counted-self-test-text.ts");
  const { loadConfig } = await import("../matrix/config.ts");
  const { out: folder, equal, tries, maxMinutes } = flags;
  const onProgress = (line: string) => process.stderr.write(`${line}\n`);
  const config = await loadConfig(flags.config, flags);
  const sizes = { equal, tries, maxMinutes };
  const test = await countedSelfTest({ config, folder, ...sizes, signal, onProgress });
  process.stdout.write(`${formatCountedSelfTest(test, await thresholdsOf(flags))}\n`);
}

/** Both revisions side by side, or what that can see here. */
async function lanesAction(flags: GateFlags, signal: AbortSignal): Promise<void> {
  const chosen = flags.config !== defaultConfig;
  if (flags.selfTest) {
    process.stdout.write(`${await selfTestOnLanes(flags, chosen, signal)}\n`);
    return;
  }
  const result = await gateOnLanes(flags, chosen, signal);
  await tell(result, flags);
  const { appendHistory, pointOfLanes } = await import("../gate/history.ts");
  if (flags.history) appendHistory(flags.history, pointOfLanes(result));
}

/** The result, printed, as files, and as the exit status. */
async function tell(result: GateResult, flags: GateFlags): Promise<void> {
  const { gateJson, writeGate } = await import("../gate/report-files.ts");
  const { formatGate } = await import("../gate/report-text.ts");
  const text = flags.json
    ? gateJson(result, flags.inconclusive)
    : `${formatGate(result, screenOf(process.stdout).color)}\n`;
  process.stdout.write(text);
  writeGate(flags.out, result, flags.inconclusive);
  const { gateStatus } = await import("../gate/verdict.ts");
  process.exitCode = gateStatus(result, flags.inconclusive);
}

async function findCandidate(flags: CandidateFlags, signal: AbortSignal): Promise<Candidate> {
  const { readCandidate } = await import("../gate/counted/gate.ts");
  if (flags.rows !== undefined) return readCandidate(flags.rows);
  const { measureCandidate } = await import("../gate/counted/measure.ts");
  return measureCandidate(flags, signal);
}

async function updateAction(
  flags: CandidateFlags & { readonly baseline?: string },
  signal: AbortSignal,
): Promise<void> {
  const candidate = await findCandidate(flags, signal);
  const { updateBaseline } = await import("../gate/counted/update.ts");
  process.stdout.write(`${updateBaseline(candidate, flags.baseline)}\n`);
}

async function trendAction({ history, branch, json, otava }: TrendFlags): Promise<void> {
  const { readHistory } = await import("../gate/history.ts");
  const points = readHistory(history);
  if (points.length === 0) {
    throw new IopathError(ExitStatus.input, `there is no history: no ${history}`, {
      remedy: "every `iopath gate` adds a line to it",
    });
  }
  const { formatTrends, otavaConfig, trendsOf } = await import("../gate/trend.ts");
  if (otava) {
    process.stdout.write(`${JSON.stringify(otavaConfig(points, history, branch), null, 2)}\n`);
    return;
  }
  const trends = trendsOf(points, branch);
  const text = json
    ? JSON.stringify(
        trends.map(({ cell, changes }) => ({ cell, changes })),
        null,
        2,
      )
    : formatTrends(trends, screenOf(process.stdout).color);
  process.stdout.write(`${text}\n`);
}
