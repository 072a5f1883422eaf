/** A worker of a team as a thread: takes its task from who started it, and answers with a message. */
import { parentPort, workerData } from "node:worker_threads";
import { explain, IopathError } from "@iopath/contract";
import { pinToCpu } from "@iopath/native";
import { loadPath } from "../path-list.ts";
import { Board } from "./board.ts";
import type { TrialResult } from "./request.ts";
import type { ThreadTask } from "./threads.ts";
import { runWorker } from "./with-workers.ts";

const { order, memory } = workerData as ThreadTask;
let result: TrialResult;
try {
  pinToCpu(order.cpu);
  const board = new Board(new Int32Array(memory), order.workers);
  result = await runWorker(order, await loadPath(order.path), order.team, board);
} catch (error) {
  const reason = error instanceof IopathError ? explain(error) : String((error as Error).stack);
  result = { status: "failed", reason };
}
parentPort!.postMessage(result);
