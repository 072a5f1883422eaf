/** Programs of the system, run with argument arrays and a time limit, never through a shell. */
import { spawnSync } from "node:child_process";
import { ExitStatus, IopathError } from "@iopath/contract";
import { privilegeRemedy } from "@iopath/native";

/** Ends what hangs; on a busy machine a command takes seconds. */
const limitMs = 60_000;
/** Of standard output: what `ip` says of thousands of interfaces is some megabytes. */
const outputBytesMax = 256 << 20;

/** Runs a program to its end and returns its standard output. */
export function run(program: string, args: readonly string[]): string {
  const options = { encoding: "utf8", timeout: limitMs, maxBuffer: outputBytesMax } as const;
  const result = spawnSync(program, args, options);
  if (result.status === 0) return result.stdout;
  const line = [program, ...args].join(" ");
  if (result.error && "code" in result.error && result.error.code === "ENOENT") {
    throw new IopathError(ExitStatus.cannotRun, `no program named ${program} on this machine`, {
      remedy: "`apt-get install iproute2` has `ip`",
    });
  }
  const why = result.stderr?.trim() || result.error?.message || `signal ${result.signal}`;
  const isForbidden = /Operation not permitted|Permission denied/.test(why);
  throw new IopathError(ExitStatus.cannotRun, `\`${line}\` failed: ${why}`, {
    ...(isForbidden ? { remedy: privilegeRemedy() } : {}),
  });
}

/** iproute2, ip(8) */
export function ip(...args: string[]): string {
  return run("ip", args);
}
