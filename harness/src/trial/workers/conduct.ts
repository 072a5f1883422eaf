/**
 * Leads the workers of a team from phase to phase: they are opened one after the other, sample all
 * at the same time, and leave when no frame is on its way.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { TrialResult } from "../request.ts";
import { type Board, Phase } from "./board.ts";

/** Between looks at how far the workers are; each look takes a CPU away from one of them. */
const lookEveryMs = 10;

/** Starts a worker; its answer comes when it has ended. */
type StartWorker = (worker: number, signal: AbortSignal) => Promise<TrialResult>;

/** A worker that ended before its time: the others were ended for it. */
interface Early {
  readonly worker: number;
  readonly result: TrialResult;
}

/** What the workers answered, in their order; or the first that ended before its time. */
export type Conducted = { readonly all: readonly TrialResult[] } | { readonly early: Early };

/** @throws what `start` throws; whatever happens, no worker goes on afterwards */
export async function conduct(board: Board, start: StartWorker): Promise<Conducted> {
  const abort = new AbortController();
  const answers: Promise<TrialResult>[] = [];
  const ended: Early[] = [];
  const allAt = (phase: Phase) => () => board.haveAllArrived(phase);
  try {
    // In the order of their queues: that is how the kernel numbers sockets that share a port.
    for (let worker = 0; worker < board.workers; worker++) {
      const answer = start(worker, abort.signal);
      answers.push(answer);
      answer.then((result) => ended.push({ worker, result })).catch(() => {});
      const isReady = () => board.hasArrived(worker, Phase.ready);
      if (!(await comesTrue(isReady, answers))) break;
    }
    for (const phase of [Phase.ready, Phase.sampled, Phase.quiet]) {
      if (ended.length > 0 || !(await comesTrue(allAt(phase), answers))) break;
      board.release(phase);
    }
    const [early] = ended;
    return early && !board.isReleased(Phase.quiet)
      ? { early }
      : { all: await Promise.all(answers) };
  } finally {
    board.release(Phase.quiet);
    abort.abort();
    await Promise.allSettled(answers);
  }
}

/** Waits; false when a worker ended before. @throws what a worker's start threw */
async function comesTrue(
  condition: () => boolean,
  answers: readonly Promise<TrialResult>[],
): Promise<boolean> {
  const anyEnd = Promise.race(answers).then(() => true);
  anyEnd.catch(() => {}); // it is seen below while somebody waits
  while (!condition()) {
    const isOver = await Promise.race([anyEnd, sleep(lookEveryMs, false)]);
    if (isOver) return condition();
  }
  return true;
}
