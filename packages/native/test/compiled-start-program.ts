/** Begins compiled, with all of this package loaded, and prints how it was started each time. */
import { beginCompiled, hasStrippedTypes } from "../src/index.ts";

const { pid, argv, execArgv } = process;
console.log(JSON.stringify({ pid, args: argv.slice(2), execArgv, stripped: hasStrippedTypes() }));
beginCompiled(["anew", ...argv.slice(2)]);
console.log("begun");
