/**
 * Modules compiled by V8's best compiler before their first call.
 *
 * V8 compiles a function of WebAssembly when it is first called, by a fast compiler (Liftoff), and
 * by the best one (TurboFan) once it has run long enough, beside whatever is measured meanwhile.
 * Two flags of V8's change that, for modules that are made while they are set;
 * %IsTurboFanFunction() confirms it in the tests.
 */
import { setFlagsFromString } from "node:v8";

const flags = ["liftoff", "wasm-lazy-compilation"];

export function compileAtBest(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  for (const flag of flags) setFlagsFromString(`--no-${flag}`);
  try {
    return new WebAssembly.Module(bytes);
  } finally {
    for (const flag of flags) setFlagsFromString(`--${flag}`);
  }
}

/** (func (drop (v128.const 0))): a module that an engine without SIMD does not accept. */
const vectorModule = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
  ...[10, 23, 1, 21, 0, 0xfd, 12, ...Array<number>(16).fill(0), 0x1a, 0x0b],
);

export const hasSimd = WebAssembly.validate(vectorModule);
