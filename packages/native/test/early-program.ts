/** Calls a function 1000 times, and prints whether it was compiled by V8's best compiler then. */
import { setFlagsFromString } from "node:v8";
import { compileEarly } from "../src/index.ts";

setFlagsFromString("--allow-natives-syntax");
// Part of V8's own tests; parsed only now that the flag is set.
const statusOf = new Function("f", "return %GetOptimizationStatus(f)") as (f: unknown) => number;
/** kTurboFanned of V8's enum OptimizationStatus (src/runtime/runtime.h). */
const turboFanned = 1 << 5;
if (process.argv[2] === "early") compileEarly();

const counts = new Uint32Array(4);
function count(at: number): number {
  counts[at & 3]!++;
  return counts[0]! + counts[3]!;
}

for (let i = 0; i < 1000; i++) count(i);
console.log((statusOf(count) & turboFanned) !== 0);
