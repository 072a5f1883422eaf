/** make(1) on a tree of Linux, and what its words say of why it ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ExitStatus, IopathError } from "@iopath/contract";
import { packages } from "./build-tools.ts";
import { KernelBuildError } from "./options.ts";

export const logName = "build.log";

/**
 * Runs make on the tree, with what it makes in the folder, and its words in the log there.
 *
 * @throws KernelBuildError with the compiler's words for a source that does not build; IopathError
 *   where it is this machine that has no room
 */
export async function runMake(
  tree: string,
  folder: string,
  what: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const log = join(folder, logName);
  const file = openSync(log, "w");
  const args = ["--silent", "-C", tree, `O=${folder}`, "ARCH=x86_64", ...what];
  // The kernel ends it when we are killed; its own compilers end with the file that they are at.
  const running = spawn("setpriv", ["--pdeathsig", "TERM", "--", "make", ...args], {
    stdio: ["ignore", file, file],
    env: { ...process.env, LC_ALL: "C" },
    detached: true, // a group, so that all of it can be ended
  });
  closeSync(file);
  const end = () => process.kill(-running.pid!, "SIGTERM");
  signal?.addEventListener("abort", end);
  try {
    const [status, endedBy] = await once(running, "exit");
    signal?.throwIfAborted();
    if (endedBy !== null) throw endedBuild(tree, what.at(-1)!, endedBy);
    if (status !== 0) throw failedBuild(tree, what.at(-1)!, log);
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

const endedRemedy =
  "build again; if nobody ended it, this machine has too little memory for so many compilers: --jobs 1 takes one";

/** Someone else on this machine ended it, and so it says nothing of the source. */
function endedBuild(tree: string, target: string, signal: string): IopathError {
  const message = `make ${target} was ended by ${signal} while it built the kernel of ${tree}`;
  return new IopathError(ExitStatus.cannotRun, message, { remedy: endedRemedy });
}

function failedBuild(tree: string, target: string, log: string): IopathError {
  const said = readFileSync(log, "utf8");
  const message = `the kernel of ${tree} does not build: make ${target} said\n${lastWords(said)}`;
  const whole = `all of it is in ${log}`;
  const trouble = troubleOfMachine(said);
  if (trouble) return new IopathError(ExitStatus.cannotRun, message, { remedy: trouble });
  return new KernelBuildError(message, {
    remedy: `${whole}; what is missing besides the compiler: ${packages}`,
  });
}

/** What ails this machine, and so every source, as what to do about it. */
function troubleOfMachine(log: string): string | undefined {
  if (/No space left on device|Disk quota exceeded/.test(log)) {
    return "make room where it is built and in /tmp: `iopath kernels --prune DAYS` removes what was not used; or name a folder elsewhere with --into";
  }
  if (
    /Killed signal terminated program|Cannot allocate memory|virtual memory exhausted/.test(log)
  ) {
    return "this machine has too little memory for so many compilers: --jobs 1 takes one";
  }
  // Of a part of it: as make tells of what it started.
  if (/^make(\[\d+\])?: \*\*\* .*\b(Killed|Terminated|Interrupt|Hangup|Quit)\b/m.test(log)) {
    return endedRemedy;
  }
  if (/\bTerminated signal terminated program/.test(log)) return endedRemedy;
  return undefined;
}

/** What a log of make's says of why it ended: from the first error on, without make's own lines. */
export function lastWords(log: string): string {
  const most = 12;
  const lines = log
    .split("\n")
    .filter((line) => line.trim() !== "" && !/^make(\[\d+\])?: /.test(line));
  const isWhy = /\berror\b|undefined reference|not found|No space left|Killed signal/i;
  const first = lines.findIndex((line) => isWhy.test(line));
  const told = first < 0 ? lines.slice(-most) : lines.slice(first, first + most);
  return told.map((line) => `    ${line}`).join("\n");
}
