/** Calls a function 1000 times, and prints whether it was compiled by V8's best compiler then. */
import { compileEarly, newTierOf } from "../src/index.ts";

if (process.argv[2] === "early") compileEarly();

const counts = new Uint32Array(4);
function count(at: number): number {
  counts[at & 3]!++;
  return counts[0]! + counts[3]!;
}

for (let i = 0; i < 1000; i++) count(i);
console.log(newTierOf()(count) === "turbofan");
