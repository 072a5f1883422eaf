/** `iopath guest -- COMMAND`: a command of this machine in a guest. */
import {
  findGuestMachine,
  parseKernelName,
  runInGuest,
  setUpGuestPackages,
} from "@iopath/lab/guest";
import type { GuestPlan } from "../plan.ts";

/** The command's own exit status. */
export async function performGuest(
  { command, clock, machine: name, kernel, limitS }: GuestPlan,
  signal: AbortSignal,
): Promise<number> {
  const machine = findGuestMachine(name);
  parseKernelName(kernel);
  await setUpGuestPackages((line) => process.stderr.write(`${line}\n`), machine, signal, kernel);
  // Nothing waits for a signal then: the guest ends with the process.
  signal.addEventListener("abort", () => process.exit(signal.reason));
  return await runInGuest([...command], { clock, machine, kernel, limitMs: limitS * 1000 });
}
