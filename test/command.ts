/** The `iopath` command as a user runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";

export const iopathFile = resolve(import.meta.dirname, "../harness/bin/iopath");
/** A guest on a busy machine takes minutes. Shorter than a test's limit: its message says more. */
const limitMs = 550_000;

interface Ended {
  readonly pid: number | undefined;
  readonly status: number | null;
  readonly out: string;
  readonly complaint: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

export function start(...args: string[]): Started {
  return startProgram(iopathFile, args);
}

/** In a network namespace of ip-netns(8), which runs the command in its own stead: same pid. */
export function startIn(namespace: string, ...args: string[]): Started {
  return startProgram("ip", ["netns", "exec", namespace, iopathFile, ...args]);
}

/** On one CPU. */
export function startOn(cpu: number, ...args: string[]): Started {
  return startProgram("taskset", ["-c", String(cpu), iopathFile, ...args]);
}

function startProgram(program: string, args: string[]): Started {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], timeout: limitMs });
  const exited = new Promise<number | null>((done) => child.once("close", done));
  const ended = Promise.all([exited, text(child.stdout), text(child.stderr)]).then(
    ([status, out, complaint]) => ({ pid: child.pid, status, out, complaint }),
  );
  return { child, ended };
}

export function iopath(...args: string[]): Promise<Ended> {
  return start(...args).ended;
}

export function iopathIn(namespace: string, ...args: string[]): Promise<Ended> {
  return startIn(namespace, ...args).ended;
}
