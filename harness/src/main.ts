/**
 * The `iopath` command as a process: its signals, its streams, its exit status. A command line
 * comes down to a plan (cli/program.ts), and the plan is done (cli/perform).
 */
import { newPerform } from "./cli/perform/perform.ts";
import { startCommand } from "./cli/program.ts";
import { abortOnSignals } from "./cli/signals.ts";
import { watchOutput } from "./cli/streams.ts";

const interruption = abortOnSignals();
const output = watchOutput();
const perform = newPerform({ interruption, outputClosed: output.closed });

const command = startCommand(process.argv.slice(2), { perform, interruption, output });
// The status of the command that it ended: 1 would be a regression to those who ask a gate.
process.on("uncaughtException", (error) => process.exit(command.statusOf(error)));
process.exitCode = await command.status;
