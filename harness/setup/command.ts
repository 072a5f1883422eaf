/** Commands of the set-up, which print what they have to say themselves. */
import { spawn } from "node:child_process";
import { once } from "node:events";

/** Ends what hangs: on a busy machine all tests take an hour. */
const limitMs = 120 * 60_000;

/**
 * Runs commands in a folder: whether one ended with status 0; why it did not start is printed.
 * What they print goes to this process's own streams, or to a file that is open.
 */
export function commandIn(cwd: string) {
  return async function succeeds(
    [program, ...args]: readonly string[],
    output: "inherit" | number = "inherit",
  ): Promise<boolean> {
    const env = { ...process.env, NX_DAEMON: "false", NX_TUI: "false", CI: "true" };
    try {
      const stdio = ["inherit", output, output] as const;
      const child = spawn(program!, args, { cwd, stdio: [...stdio], env, timeout: limitMs });
      const [status] = await once(child, "close");
      return status === 0;
    } catch (error) {
      console.log(`failed: ${program} can't be started: ${(error as Error).message}`);
      return false;
    }
  };
}
