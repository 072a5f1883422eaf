/**
 * A worker of a team as a thread: takes its task from who started it, and answers with a message.
 */
import { parentPort, workerData } from "node:worker_threads";
import { explain, troubleOf } from "@iopath/contract";
import { compileEarly, pinToCpu } from "@iopath/native";
import { loadPath } from "../../paths/loaders.ts";
import { loadWorkload } from "../../workloads/known.ts";
import type { TrialResult } from "../request.ts";
import { Board } from "./board.ts";
import type { ThreadTask } from "./threads.ts";
import { runWorker } from "./with-workers.ts";

async function perform({ order, memory }: ThreadTask): Promise<TrialResult> {
  try {
    const path = await loadPath(order);
    await loadWorkload(order);
    compileEarly();
    pinToCpu(order.cpu);
    const board = memory && new Board(new Int32Array(memory), order.workers);
    return await runWorker(order, path, order.team, board);
  } catch (error) {
    const trouble = troubleOf(error);
    const reason = trouble ? explain(trouble) : String((error as Error).stack);
    return { status: "failed", reason };
  }
}

parentPort!.postMessage(await perform(workerData));
