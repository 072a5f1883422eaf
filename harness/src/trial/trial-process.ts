/** The processes of trials: how they are started, and what is said when one dies. */
import { type ChildProcess, spawn } from "node:child_process";
import { compileInThread, loaderFlags } from "@iopath/native";
import type { FailedResult } from "./request.ts";
import { environmentOf, type Revision } from "./revision.ts";

/**
 * Of the Node that runs a trial: it collects garbage before it samples, not while.
 *
 * @param root of the revision; this one's when it is not said
 */
export function trialFlags(root?: string): string[] {
  return ["--expose-gc", compileInThread, ...loaderFlags(root)];
}

/** A program, and what it runs on: of this revision, or of another one. */
export interface TrialProgram {
  readonly revision: Revision;
  readonly node: string;
  readonly file: string;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly killedBy: string | null;
}

/**
 * In a process group of its own: Ctrl-C reaches the command alone, and it ends its processes.
 * Without a descriptor left the child has no pipes.
 */
export function startProgram({ revision, node, file }: TrialProgram): ChildProcess {
  return spawn(node, [...trialFlags(revision.root), file], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: environmentOf(revision),
  });
}

/** @throws what spawn(3) says when it could not be started */
export function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, killedBy) => done({ code, killedBy }));
  });
}

/** A line of the native stack that Node prints when it dies; what it died of stands before it. */
const nativeFrame = /^\s*\d+: 0x[0-9a-f]+ /;

/** A trial whose process ended without an answer. */
export function tellDeath(
  { code, killedBy }: ProcessEnd,
  complaint: string,
  limitMs: number,
): FailedResult {
  const how = killedBy
    ? `the trial's process was ended by ${killedBy} (its limit is ${limitMs} ms)`
    : `the trial's process ended with status ${code}`;
  const lines = complaint.trim().split("\n");
  const tail = lines
    .filter((line) => !nativeFrame.test(line))
    .slice(-6)
    .join("\n");
  return { status: "failed", reason: tail ? `${how}: ${tail}` : how };
}
