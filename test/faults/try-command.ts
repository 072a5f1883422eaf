/** Starts `try-each.ts` on one command, and gives back what it found. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Order, Violation } from "./try-each.ts";

interface Tried {
  readonly violations: readonly Violation[];
  /** Calls into the system that the command makes, and attempts with one of them failing. */
  readonly calls: number;
  readonly attempts: number;
  readonly statusAtRest: number;
}

const here = import.meta.dirname;

export async function tryCommand(order: Order): Promise<Tried> {
  const preload = join(here, "failing-calls.ts");
  const args = ["--import", preload, join(here, "try-each.ts"), JSON.stringify(order)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const [out, complaint, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  if (status !== 0 || !lines.at(-1)?.calls)
    throw new Error(`it ended with ${status}: ${complaint}`);
  return { ...lines.pop(), violations: lines };
}
