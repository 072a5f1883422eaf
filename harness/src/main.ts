/**
 * The `iopath` command as a process: its signals, its streams, its exit status. A command line
 * comes down to a plan (cli/program.ts), and the plan is done (cli/perform).
 */
import { complain } from "./cli/outcome.ts";
import { newPerform } from "./cli/perform/perform.ts";
import { runCommand } from "./cli/program.ts";
import { abortOnSignals } from "./cli/signals.ts";
import { watchOutput } from "./cli/streams.ts";

const interruption = abortOnSignals();
const output = watchOutput();
const perform = newPerform({ interruption, outputClosed: output.closed });

process.on("uncaughtException", (error) => process.exit(complain(error)));
process.exitCode = await runCommand(process.argv.slice(2), { perform, interruption, output });
