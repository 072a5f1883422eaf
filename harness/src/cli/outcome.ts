/** What an ended command answers: its exit status, and on standard error why it is not 0. */
import { ExitStatus, explain, troubleOf } from "@iopath/contract";
import { CommanderError } from "commander";

/** @param error what ended a command; commander has printed its complaints already */
export function statusOfError(error: unknown, interruption: AbortSignal): number {
  if (error instanceof CommanderError) return ExitStatus.usage;
  if (interruption.aborted) return interruption.reason as number;
  return complain(error);
}

/** Prints what is wrong in words, or where in the code when it is a fault of the program. */
function complain(error: unknown): number {
  const trouble = troubleOf(error);
  if (trouble) {
    process.stderr.write(`iopath: ${explain(trouble)}\n`);
    return trouble.exitStatus;
  }
  process.stderr.write(`iopath: a fault of its own, please report it: ${traceOf(error)}\n`);
  return ExitStatus.cellFailed;
}

/** The stack of an error, and of the one that it came on top of. */
function traceOf(error: unknown): string {
  if (error instanceof SuppressedError) {
    return `${traceOf(error.suppressed)}\nthen, while tidying up: ${traceOf(error.error)}`;
  }
  return error instanceof Error && error.stack ? error.stack : String(error);
}
