/**
 * The other thread of linear-memory.test.ts: takes a range of its own, and writes into that of who
 * started it.
 */
import { parentPort, workerData } from "node:worker_threads";
import { linearMemory, mapFrames } from "../src/index.ts";

using own = mapFrames(4096);
const { wasm, address } = linearMemory();
const theirs = new Uint32Array(wasm.buffer, (workerData as number) - address, 1);
const [seen] = theirs;
theirs[0] = 17;
parentPort!.postMessage({ seen, address: own.address });
