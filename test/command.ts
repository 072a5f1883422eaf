/** The `iopath` command as a user runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";

const command = resolve(import.meta.dirname, "../harness/bin/iopath");
const limitMs = 120_000;

export interface Ended {
  readonly status: number | null;
  readonly out: string;
  readonly complaint: string;
}

export function start(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: limitMs });
  const exited = new Promise<number | null>((done) => child.once("close", done));
  const ended = Promise.all([exited, text(child.stdout), text(child.stderr)]).then(
    ([status, out, complaint]) => ({ status, out, complaint }),
  );
  return { child, ended };
}

export function iopath(...args: string[]): Promise<Ended> {
  return start(...args).ended;
}
