/**
 * The `iopath` command: what can be asked, and which exit status answers.
 */
import { ExitStatus, IopathError } from "@iopath/contract";
import { Command, Option } from "commander";
import { integer, type MatrixFlags, names, positive, withMatrixFlags } from "./cli/flags.ts";
import { addGateCommands } from "./cli/gate.ts";
import { complain, statusOfError } from "./cli/outcome.ts";
import { addReadingCommands } from "./cli/reading.ts";
import { abortOnSignals } from "./cli/signals.ts";
import { watchOutput } from "./cli/streams.ts";
import { latest } from "./files/files.ts";
import { screenOf } from "./present/terminal/screen.ts";

const interruption = abortOnSignals();
const output = watchOutput();

/** Thrown where `--version` stands: what it prints takes a while to load. */
class VersionAsked extends Error {}

function buildProgram(): Command {
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
    });
  const run = withMatrixFlags(program.command("run", { isDefault: true }));
  run
    .description("measure the matrix, print the table, write CSV")
    .option("--out <folder>", "where the results go", latest)
    .option("--json", "print the rows as JSON instead of the table")
    .option("--dry-run", "print the cells and measure nothing")
    .option("--resume", "go on with the run in the folder, as it was started")
    .action(runAction);
  const list = withMatrixFlags(program.command("list"));
  list
    .description("print the cells of the matrix")
    .option("--json", "print them as JSON")
    .action(listAction);
  addReadingCommands(program);
  addGateCommands(program, interruption);
  addVerifyCommand(program);
  program
    .command("doctor")
    .description("say for each path whether it can run here, and if not what to do")
    .option("--config <file>", "with the paths of your own that this config names")
    .action(doctorAction);
  addGuestCommand(program);
  program.command("clean").description("remove what killed runs left behind").action(cleanAction);
  return program;
}

/** A run is gone on with as it was started: other flags would be heeded for half of it. */
function refuseFlagsWithResume({ resume, out: _out, json: _json, ...others }: RunFlags): void {
  const [other] = Object.keys(others);
  if (!resume || other === undefined) return;
  const flag = `--${other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new IopathError(
    ExitStatus.usage,
    `--resume goes on with a run as it was started: no ${flag}`,
    {
      remedy: `leave out ${flag}, or leave out --resume to start anew`,
    },
  );
}

interface RunFlags extends MatrixFlags {
  readonly out: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly resume?: boolean;
}

async function runAction(flags: RunFlags): Promise<void> {
  refuseFlagsWithResume(flags);
  const { loadConfig } = await import("./matrix/config.ts");
  const config = await loadConfig(flags.config, flags);
  if (flags.dryRun) return listAction(flags);
  const [section] = config;
  if (section?.hardware?.tester === "none") {
    const { forwardUntilTold } = await import("./cli/forward.ts");
    const stop = AbortSignal.any([interruption, output.closed]);
    return forwardUntilTold(section, section.hardware, stop);
  }
  const { describeCut, run } = await import("./run/run.ts");
  const { screenOf } = await import("./present/terminal/screen.ts");
  const { formatTable } = await import("./present/terminal/table.ts");
  const signal = interruption;
  try {
    const resume = flags.resume ?? false;
    const rows = await run({ config, folder: flags.out, resume, signal });
    const table = () => formatTable(rows, screenOf(process.stdout));
    process.stdout.write(`${flags.json ? JSON.stringify(rows, null, 2) : table()}\n`);
    process.stderr.write(`\nwritten: ${flags.out}/report.html, results.csv and environment.json\n`);
    await summarize(flags.out);
    if (rows.some(({ status }) => status === "failed")) process.exitCode = ExitStatus.cellFailed;
  } catch (error) {
    if (signal.aborted) process.stderr.write(`${describeCut(error, flags.out)}\n`);
    throw error;
  }
}

/** For a CI job that shows a summary. */
async function summarize(folder: string): Promise<void> {
  const file = process.env.GITHUB_STEP_SUMMARY;
  if (!file) return;
  const { appendStepSummary } = await import("./present/markdown.ts");
  const { showRun } = await import("./cli/show.ts");
  appendStepSummary(showRun(folder, { markdown: true }), file);
}

async function listAction(flags: MatrixFlags & { json?: boolean }): Promise<void> {
  const { loadConfig } = await import("./matrix/config.ts");
  const { expandMatrix } = await import("./matrix/cell.ts");
  const { formatCells } = await import("./cli/list.ts");
  const cells = expandMatrix(await loadConfig(flags.config, flags));
  process.stdout.write(`${flags.json ? JSON.stringify(cells, null, 2) : formatCells(cells)}\n`);
}

function addVerifyCommand(program: Command): void {
  program
    .command("verify")
    .description("send random frames, or a capture, and compare what comes out byte by byte")
    .addOption(new Option("--place <name>", "where").choices(["host", "guest"]))
    .option("--machine <name>", "in a guest that is this, such as igb or pvrdma")
    .option(
      "--rdma-device <names>",
      "paths of verbs on these devices: DEV[:PORT[:GID_INDEX]], or two of them",
      names,
    )
    .option("--pf <names>", "on virtual functions made of this card: CARD or CARD,OTHER", names)
    .option("--config <file>", "with the paths of your own that this config names")
    .option("--path <name>", "only this path")
    .option("--variant <name>", "only this variant")
    .option("--frames <count>", "how many random frames", positive, 100_000)
    .option("--seed <number>", "of the random frames; printed when drawn", integer)
    .option("--pcap <file>", "send the frames of this capture (classic pcap) instead")
    .option("--write-pcap <file>", "write the frames that came out")
    .action(verifyAction);
}

async function verifyAction(flags: {
  place?: "host" | "guest";
  machine?: string;
  rdmaDevice?: string[];
  pf?: string[];
  config?: string;
  path?: string;
  variant?: string;
  frames: number;
  seed?: number;
  pcap?: string;
  writePcap?: string;
}): Promise<void> {
  const { verifyCommand } = await import("./cli/verify.ts");
  const clean = await verifyCommand({ ...flags, signal: interruption });
  if (!clean) process.exitCode = ExitStatus.cellFailed;
}

async function doctorAction({ config }: { config?: string }): Promise<void> {
  const { diagnose, formatFindings } = await import("./cli/doctor.ts");
  const findings = await diagnose(interruption, config);
  process.stdout.write(`${formatFindings(findings, screenOf(process.stdout).color)}\n`);
}

function addGuestCommand(program: Command): void {
  program
    .command("guest")
    .description("run a command of this machine in a guest: iopath guest -- uname -a")
    .argument("<command...>")
    .addOption(
      new Option("--clock <name>", "what its clock counts")
        .choices(["wall", "instructions"])
        .default("wall"),
    )
    .option("--machine <name>", "what it is", "igb")
    .option("--limit <seconds>", "after which the command is ended", positive, 600)
    .action(guestAction);
}

async function guestAction(
  command: [string, ...string[]],
  flags: { clock: "wall" | "instructions"; machine: string; limit: number },
): Promise<void> {
  const { findGuestMachine, runInGuest, setUpGuestPackages } = await import("@iopath/lab/guest");
  const machine = findGuestMachine(flags.machine);
  const tell = (line: string) => process.stderr.write(`${line}\n`);
  await setUpGuestPackages(tell, machine, interruption);
  // Without a handler of ours that waits: the end of the process is what ends the guest.
  interruption.addEventListener("abort", () => process.exit(interruption.reason));
  const { clock, limit } = flags;
  process.exitCode = await runInGuest(command, { clock, machine, limitMs: limit * 1000 });
}

async function cleanAction(): Promise<void> {
  const { deleteOrphanNamespaces, undoOrphans } = await import("@iopath/lab");
  const { removeOrphanWorkTrees } = await import("./gate/paired/work-tree.ts");
  const trees = removeOrphanWorkTrees().map((folder) => `removed work tree ${folder}`);
  const namespaces = deleteOrphanNamespaces().map((name) => `removed network namespace ${name}`);
  const removed = [...undoOrphans(), ...namespaces, ...trees];
  for (const what of removed) process.stdout.write(`${what}\n`);
  process.stdout.write(removed.length > 0 ? "" : "nothing was left behind\n");
}

async function runCommand(): Promise<void> {
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    if (!(error instanceof VersionAsked)) throw error;
    const { describeVersion } = await import("./cli/version.ts");
    process.stdout.write(`${describeVersion()}\n`);
  }
}

try {
  await runCommand();
} catch (error) {
  process.exitCode = statusOfError(error, interruption);
}
// Errors of a stream come after the write that failed.
process.on("exit", () => {
  const lost = output.problem();
  if (lost && !process.exitCode) process.exitCode = complain(lost);
});
