/**
 * Runs a trial in a process of its own (harness/src/trial/main.ts) and waits for its answer.
 * Whatever happens, it answers.
 */
import type { ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";
import { explain, troubleOf } from "@iopath/contract";
import { startLimit } from "@iopath/lab";
import { parseJson } from "@iopath/native";
import {
  type OmitOfEach,
  type TrialRequestInput,
  type TrialResult,
  trialRequest,
  trialResult,
} from "./request.ts";
import { ownRevision, type Revision, requestTo, trialProgram } from "./revision.ts";
import { endOf, startProgram, type TrialProgram, tellDeath } from "./trial-process.ts";

const ownProgram = programOf(ownRevision, process.execPath);

export function programOf(revision: Revision, node: string): TrialProgram {
  return { revision, node, file: trialProgram(revision) };
}

/**
 * @param limitMs after which the process is killed and the trial has failed
 * @param signal ends the process when the run is interrupted
 */
export async function runTrial(
  order: OmitOfEach<TrialRequestInput, "parentPid">,
  limitMs: number,
  signal: AbortSignal,
  program: TrialProgram = ownProgram,
): Promise<TrialResult> {
  signal.throwIfAborted();
  const request = writeRequest({ ...order, parentPid: process.pid }, program.revision);
  const child = startProgram(program);
  const kill = () => child.kill("SIGKILL");
  signal.addEventListener("abort", kill, { once: true });
  using _limit = startLimit(limitMs, kill);
  try {
    return await answerOf(child, request, limitMs);
  } catch (error) {
    const trouble = troubleOf(error);
    if (!trouble) throw error;
    return { status: "failed", reason: explain(trouble), exitStatus: trouble.exitStatus };
  } finally {
    signal.removeEventListener("abort", kill);
    signal.throwIfAborted();
  }
}

/** What a started trial says. @throws what spawn(3) says when it could not be started */
async function answerOf(
  child: ChildProcess,
  request: string,
  limitMs: number,
): Promise<TrialResult> {
  const ended = endOf(child);
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) return tellDeath(await ended, "", limitMs);
  stdin.on("error", () => {}); // it may be gone before it has read; its exit tells why
  stdin.end(request);
  const [out, complaint, end] = await Promise.all([text(stdout), text(stderr), ended]);
  return end.code === 0 ? parseAnswer(out) : tellDeath(end, complaint, limitMs);
}

/**
 * What a trial reads; it trusts that this was checked.
 *
 * @throws ZodError when it is not a request: a fault of ours
 */
export function writeRequest(request: object, revision = ownRevision): string {
  return JSON.stringify(requestTo(revision, trialRequest.parse(request)));
}

/** The last line that is a result; others are of what a user preloads with NODE_OPTIONS. */
export function parseAnswer(out: string): TrialResult {
  for (const line of out.split("\n").reverse()) {
    const answer = parseResult(line);
    if (answer) return answer;
  }
  return { status: "failed", reason: `the trial answered no result: ${out.slice(0, 200)}` };
}

function parseResult(line: string): TrialResult | undefined {
  return line.startsWith("{") ? trialResult.safeParse(parseJson(line)).data : undefined;
}
