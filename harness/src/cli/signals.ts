/**
 * Signals that end a command: what is going on ends tidily, and the exit status says which it was.
 */
import { ExitStatus } from "@iopath/contract";

const statuses = {
  SIGHUP: ExitStatus.hungUp,
  SIGINT: ExitStatus.interrupted,
  SIGQUIT: ExitStatus.quit,
  SIGTERM: ExitStatus.terminated,
} as const;

/** Aborted by the first such signal, with the exit status as its reason. */
export function abortOnSignals(): AbortSignal {
  const interruption = new AbortController();
  for (const [name, status] of Object.entries(statuses)) {
    process.on(name, () => interruption.abort(status));
  }
  // The launcher sets it under nohup(1), where a closed terminal must not end the command.
  if (process.env.IOPATH_IGNORES_HANGUP) {
    process.removeAllListeners("SIGHUP").on("SIGHUP", () => {});
  }
  return interruption.signal;
}
