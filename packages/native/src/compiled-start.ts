/**
 * How a process that measures starts: without types to strip, and with V8's best compiler early.
 *
 * Node's type stripper is a WebAssembly program. When its memory grows, an ArrayBuffer is detached.
 * From then on V8 checks the buffer before each access to a typed array, until the process ends: 12
 * of 89 instructions per frame of a workload in TypeScript, and a fifth of its time. So types are
 * stripped by another process (loader/strip.mjs).
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { ExitStatus, IopathError } from "@iopath/contract";

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

const ownRoot = join(import.meta.dirname, "../../..");

/**
 * For Node's command line: modules of the project come without their types from an archive
 * (loader/load.mjs).
 *
 * @param root the folder of another revision; none of an earlier one that has no loader
 */
export function loaderFlags(root = ownRoot): string[] {
  const loader = join(root, "packages/native/loader/load.mjs");
  return existsSync(loader) ? ["--import", pathToFileURL(loader).href] : [];
}

/** Brings the archive up to date before a guest reads it, where stripping takes minutes. */
export function refreshSources(): void {
  const program = join(ownRoot, "packages/native/loader/strip.mjs");
  execFileSync(process.execPath, [program], {
    env: { ...process.env, NODE_OPTIONS: "" },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/**
 * Has V8 compile early what is called often. To be called when all is loaded and nothing is opened.
 *
 * @throws IopathError when types were stripped in this process, which slows down what it measures
 */
export function compileEarly(): void {
  if (hasStrippedTypes()) {
    const message = "types were stripped in a process that measures, which slows it down";
    const remedy =
      "start it with loaderFlags(); a module of your own has to be an ES module, not CommonJS";
    throw new IopathError(ExitStatus.cannotRun, message, { remedy });
  }
  for (const flag of compilerFlags) setFlagsFromString(flag);
}
