/** `iopath tester`: sends and counts frames for a search on another machine, until that ends. */
import { ExitStatus, IopathError } from "@iopath/contract";
import { serveTester } from "../../open-loop/far/serve-tester.ts";
import { holdMachine } from "../../run/machine-lock.ts";

/** @throws IopathError when a person has started it, and nobody steers it */
export async function performTester(signal: AbortSignal): Promise<number> {
  const { stdin: input, stdout: output } = process;
  if (input.isTTY) {
    throw new IopathError(ExitStatus.usage, "the tester gets its orders from another machine", {
      remedy: "`iopath search --tester-host` starts it by ssh(1), on that machine",
    });
  }
  await serveTester({ input, output, signal, hold: holdMachine });
  return ExitStatus.ok;
}
