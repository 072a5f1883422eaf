/** Begins compiled, all of this package with it, and sums up a typed array until V8 has compiled that. */
import { beginCompiled, hasStrippedTypes } from "../src/index.ts";

const { pid, argv, execArgv } = process;
console.log(JSON.stringify({ pid, args: argv.slice(2), execArgv, stripped: hasStrippedTypes() }));
beginCompiled(["anew", ...argv.slice(2)]);

const words = new Int32Array(new ArrayBuffer(4096));

function sumUp(rounds: number): number {
  let sum = 0;
  for (let i = 0; i < rounds; i++) sum = (sum + words[i & 1023]!) | 0;
  return sum;
}

let sum = 0;
for (let i = 0; i < 20_000; i++) sum += sumUp(1000);
console.log(JSON.stringify({ sum }));
