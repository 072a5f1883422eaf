/** `iopath guest -- COMMAND`: one command in a guest of its own, as if it ran here. */

import { Guest, type GuestOptions } from "./guest.ts";
import type { Command } from "./job.ts";

/**
 * Boots a guest, runs the command with its output going to ours, and returns its exit status.
 *
 * The caller sees to it that SIGINT and SIGTERM end in `process.exit`, which takes the guest with
 * it.
 */
export async function runInGuest(
  command: Command,
  options: GuestOptions & { readonly limitMs: number },
): Promise<number> {
  using guest = await Guest.boot(options);
  return await guest.run(command, {
    limitMs: options.limitMs,
    onOutput: (chunk) => process.stdout.write(chunk),
    onError: (chunk) => process.stderr.write(chunk),
  });
}
