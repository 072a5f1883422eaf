/** Programs of the system, run with argument arrays and a time limit, never through a shell. */
import { spawnSync } from "node:child_process";
import { ExitStatus, IopathError } from "@iopath/contract";

const limitMs = 10_000;

/** Runs a program to its end and returns its standard output. */
export function run(program: string, args: readonly string[]): string {
  const result = spawnSync(program, args, { encoding: "utf8", timeout: limitMs });
  if (result.status === 0) return result.stdout;
  const line = [program, ...args].join(" ");
  if (result.error && "code" in result.error && result.error.code === "ENOENT") {
    throw new IopathError(ExitStatus.cannotRun, `no program named ${program} on this machine`, {
      remedy: "`apt-get install iproute2` has `ip`",
    });
  }
  const why = result.stderr?.trim() || result.error?.message || `signal ${result.signal}`;
  throw new IopathError(ExitStatus.cannotRun, `\`${line}\` failed: ${why}`);
}

/** iproute2, ip(8) */
export function ip(...args: string[]): string {
  return run("ip", args);
}
