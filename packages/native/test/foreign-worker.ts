/**
 * A thread that calls strnlen() of a string of its own many times, and tells how often it was
 * wrong.
 */
import { parentPort, workerData } from "node:worker_threads";
import koffi from "koffi";
import { foreignCall, mapAnonymous } from "../src/index.ts";

const address = Number(koffi.load("libc.so.6").symbol("strnlen"));
const strnlen = foreignCall(address, { count: 2, result: "int32" }, () => -1);
using memory = mapAnonymous(4096);
const length = workerData as number;
memory.u8.fill(1, 0, length);
let wrong = 0;
for (let i = 0; i < 300_000; i++) if (strnlen(memory.address, 4096) !== length) wrong++;
parentPort?.postMessage(wrong);
