/** `iopath guest -- COMMAND`: a command of this machine in a guest. */
import { findGuestMachine, runInGuest, setUpGuestPackages } from "@iopath/lab/guest";
import type { GuestPlan } from "../plan.ts";

/** The command's own exit status. */
export async function performGuest(
  { command, clock, machine: name, limitS }: GuestPlan,
  signal: AbortSignal,
): Promise<number> {
  const machine = findGuestMachine(name);
  await setUpGuestPackages((line) => process.stderr.write(`${line}\n`), machine, signal);
  // Nothing waits for a signal then: the guest ends with the process.
  signal.addEventListener("abort", () => process.exit(signal.reason));
  return await runInGuest([...command], { clock, machine, limitMs: limitS * 1000 });
}
