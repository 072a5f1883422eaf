/**
 * A start from compiled code.
 *
 * Node's type stripper is a WebAssembly program. When its memory grows, an ArrayBuffer is detached.
 * From then on V8 checks the buffer before each access to a typed array, until the process ends: 12
 * of 89 instructions per frame of a workload in TypeScript, and a fifth of its time. Code from the
 * compile cache was stripped before, by another process.
 */
import { flushCompileCache, getCompileCacheDir } from "node:module";
import { setFlagsFromString } from "node:v8";
import { threadId } from "node:worker_threads";

/** How often this process has restarted itself. */
const counter = "IOPATH_COMPILED_STARTS";
const startsMax = 2;

/**
 * V8 compiles a function with its best compiler after 3000 calls, and some time later, as another
 * thread compiles: but a forwarder in bursts of 64 frames is called 470 times before it is
 * measured. So it shall do that after 60 calls (some hundred of a tiny function).
 */
const compilerFlags = ["--no-maglev", "--invocation-count-for-turbofan=60"];

/** The module of Node's that strips types, in its list of what was loaded. */
const stripper = "NativeModule internal/deps/amaro/dist/index";

/** Whether types were stripped in this process. */
export function hasStrippedTypes(): boolean {
  // Not in @types/node: Node has it for its own tests.
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  return moduleLoadList.includes(stripper);
}

/**
 * For Node's command line: V8 compiles functions in the thread that calls them. A thread of its own
 * may read what node:ffi told it about a function when that is gone already (Node 26.10: a failed
 * check in FastApiCallNode or SIGSEGV; in 9 of 90 trials whose threads ended, rarely in others),
 * and is done at another call each time. V8 looks when a thread begins: set later it is ignored.
 */
export const compileInThread = "--no-concurrent-recompilation";

/**
 * Has V8 compile early what is called often, and restarts this process (execve(2): same id, same
 * parent, same standard streams) when types were stripped in it, now that the compile cache has
 * what was loaded. To be called when all is loaded and nothing is opened. Restarts nothing without
 * a compile cache, and in a thread.
 *
 * @param args of the program, in place of those that it has
 */
export function beginCompiled(args: readonly string[] = process.argv.slice(2)): void {
  for (const flag of compilerFlags) setFlagsFromString(flag);
  const starts = Number(process.env[counter] ?? 0);
  delete process.env[counter]; // the processes that this one starts count for themselves
  if (!hasStrippedTypes() || starts >= startsMax) return;
  if (getCompileCacheDir() === undefined || threadId !== 0) return;
  flushCompileCache();
  const words = [process.execPath, ...process.execArgv, process.argv[1]!, ...args];
  process.execve?.(process.execPath, words, { ...process.env, [counter]: String(starts + 1) });
}
