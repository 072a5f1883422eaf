/** Workers of a team that are threads of one process. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { startLimit } from "@iopath/lab";
import type { ClosedLoopRequest, TeamMember, TrialResult } from "../request.ts";

/** What one worker is to do, and where. */
export interface WorkerOrder extends ClosedLoopRequest {
  readonly cpu: number;
  readonly team: TeamMember;
}

/** What a thread is started with. */
export interface ThreadTask {
  readonly order: WorkerOrder;
  /** Of the team's board, where that is no map which the counting program writes. */
  readonly memory?: SharedArrayBuffer;
}

/**
 * Runs one worker in a thread of its own and waits for its answer. Whatever happens, it answers.
 */
export async function runThread(
  task: ThreadTask,
  limitMs: number,
  signal: AbortSignal,
): Promise<TrialResult> {
  const thread = new Worker(new URL("./worker-thread.ts", import.meta.url), { workerData: task });
  const late = new AbortController();
  using _limit = startLimit(limitMs, () => late.abort());
  try {
    const either = AbortSignal.any([signal, late.signal]);
    const answer = once(thread, "message", { signal: either });
    const end = once(thread, "exit", { signal: either }).then(() => {
      throw new Error("it ended without an answer");
    });
    const [result] = await Promise.race([answer, end]);
    return result;
  } catch (error) {
    const { message } = error as Error;
    const { worker } = task.order.team;
    return { status: "failed", reason: `thread of worker ${worker}: ${message}` };
  } finally {
    await thread.terminate();
  }
}
