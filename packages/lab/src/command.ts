/** Programs of the system, run with argument arrays and a time limit, never through a shell. */
import { spawnSync } from "node:child_process";
import { ExitStatus, IopathError } from "@iopath/contract";
import { hasCode, privilegeRemedy } from "@iopath/native";

/** Ends what hangs; on a busy machine a command takes seconds. */
const limitMs = 60_000;
/** Of standard output: what `ip` says of thousands of interfaces is some megabytes. */
const outputBytesMax = 256 << 20;

/** A program that ran, and ended with another status than 0: it said no, or the kernel did. */
export class CommandRefusal extends IopathError {
  /** What it wrote to standard error. */
  readonly said: string;
  readonly isForbidden: boolean;

  constructor(line: string, status: number, said: string) {
    const isForbidden = /Operation not permitted|Permission denied/.test(said);
    const why = said.trim() || `status ${status}`;
    super(ExitStatus.cannotRun, `\`${line}\` failed: ${why}`, {
      ...(isForbidden ? { remedy: privilegeRemedy() } : {}),
    });
    this.name = "CommandRefusal";
    this.said = said;
    this.isForbidden = isForbidden;
  }
}

/** A program that this machine does not have. */
export class MissingProgram extends IopathError {
  constructor(program: string) {
    super(ExitStatus.cannotRun, `no program named ${program} on this machine`, {
      remedy: "`apt-get install iproute2` has `ip`",
    });
    this.name = "MissingProgram";
  }
}

/**
 * Runs a program to its end and returns its standard output.
 *
 * @throws CommandRefusal when it fails, MissingProgram when it is not installed, and another
 *   IopathError when it could not be started or did not end
 */
export function run(program: string, args: readonly string[]): string {
  const options = { encoding: "utf8", timeout: limitMs, maxBuffer: outputBytesMax } as const;
  const result = spawnSync(program, args, options);
  if (result.status === 0) return result.stdout;
  const line = [program, ...args].join(" ");
  if (hasCode(result.error, "ENOENT")) throw new MissingProgram(program);
  if (!result.error && result.status !== null) {
    throw new CommandRefusal(line, result.status, result.stderr);
  }
  const why = result.error?.message ?? `it was ended by ${result.signal}`;
  throw new IopathError(ExitStatus.cannotRun, `\`${line}\` failed: ${why}`);
}

/**
 * What `ask` returns; undefined where a program ran and said no in these words. That it could not
 * be asked is no answer, and throws.
 */
export function unlessSaid<T>(words: RegExp, ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof CommandRefusal && words.test(error.said)) return undefined;
    throw error;
  }
}

/** iproute2, ip(8) */
export function ip(...args: string[]): string {
  return run("ip", args);
}
