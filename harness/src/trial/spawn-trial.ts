/**
 * Runs a trial in a process of its own (harness/src/trial/main.ts) and waits for its answer.
 * Whatever happens, it answers.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { explain, troubleOf } from "@iopath/contract";
import { startLimit } from "@iopath/lab";
import { compileInThread, loaderFlags, parseJson } from "@iopath/native";
import {
  type FailedResult,
  type OmitOfEach,
  type TrialRequestInput,
  type TrialResult,
  trialRequest,
  trialResult,
} from "./request.ts";
import { environmentOf, ownRevision, type Revision, requestTo, trialProgram } from "./revision.ts";

/**
 * Of the Node that runs a trial: it collects garbage before it samples, not while.
 *
 * @param root of the revision; this one's when it is not said
 */
export function trialFlags(root?: string): string[] {
  return ["--expose-gc", compileInThread, ...loaderFlags(root)];
}

/** A trial's program, and what it runs on: of this revision, or of another one. */
interface TrialProgram {
  readonly revision: Revision;
  readonly node: string;
  readonly file: string;
}

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
  { revision, node, file }: TrialProgram = ownProgram,
): Promise<TrialResult> {
  signal.throwIfAborted();
  const request = writeRequest({ ...order, parentPid: process.pid }, revision);
  // A group of its own: Ctrl-C reaches us alone, and we end the trial.
  const child = spawn(node, [...trialFlags(revision.root), file], {
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: environmentOf(revision),
  });
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
  const ended = new Promise<{ code: number | null; killedBy: string | null }>((done, fail) => {
    child.once("error", fail);
    child.once("close", (code, killedBy) => done({ code, killedBy }));
  });
  const { stdin, stdout, stderr } = child;
  // Without a descriptor left a child has no pipes.
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

/** A line of the native stack that Node prints when it dies; what it died of stands before it. */
const nativeFrame = /^\s*\d+: 0x[0-9a-f]+ /;

/** A trial whose process ended without an answer. */
export function tellDeath(
  { code, killedBy }: { code: number | null; killedBy: string | null },
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
