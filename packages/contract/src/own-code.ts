/**
 * Functions with code of their own.
 *
 * What a function closes over, V8 compiles into it as constants: addresses and lengths of arrays,
 * functions that it calls directly. It does so for a function that was made once. All that are made
 * at one place of a program share their compiled code, and from the second one on, nothing of it is
 * constant any more: a workload in TypeScript took 228 instructions per frame then, in place of 89.
 * A self-test or a verify pass that opened the path earlier in the process is enough to cause this.
 */

/** Equal texts are compiled once, so that each gets a number. */
let copies = 0;

/**
 * A copy of `make`, compiled separately: its product shares code with nothing made before.
 *
 * @param make a plain function that uses its parameters, globals and nothing else of its module
 */
export function withOwnCode<Make extends (...parts: never[]) => unknown>(make: Make): Make {
  copies++;
  return new Function(`"use strict"; return ${make};\n// copy ${copies}`)() as Make;
}
