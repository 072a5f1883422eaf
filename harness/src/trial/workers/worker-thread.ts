/**
 * A worker of a team as a thread: takes its task from who started it, and answers with a message. A
 * thread that stripped types (compiled-start.ts says what that costs) asks to be started again
 * instead.
 */
import { flushCompileCache } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { explain, troubleOf } from "@iopath/contract";
import { hasStrippedTypes, pinToCpu } from "@iopath/native";
import { loadPath } from "../../paths/loaders.ts";
import { loadWorkload } from "../../workloads/known.ts";
import type { TrialResult } from "../request.ts";
import { Board } from "./board.ts";
import { type ThreadTask, threadAgain } from "./threads.ts";
import { runWorker } from "./with-workers.ts";

async function perform({ order, memory, first }: ThreadTask): Promise<TrialResult | undefined> {
  try {
    const path = await loadPath(order);
    await loadWorkload(order);
    if (first && hasStrippedTypes()) return undefined;
    pinToCpu(order.cpu);
    const board = memory && new Board(new Int32Array(memory), order.workers);
    return await runWorker(order, path, order.team, board);
  } catch (error) {
    const trouble = troubleOf(error);
    const reason = trouble ? explain(trouble) : String((error as Error).stack);
    return { status: "failed", reason };
  }
}

const result = await perform(workerData);
if (result === undefined) flushCompileCache();
parentPort!.postMessage(result ?? threadAgain);
