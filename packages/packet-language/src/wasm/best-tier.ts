/**
 * Functions of WebAssembly that V8's best compiler compiles before their first call.
 *
 * V8 compiles a function when it is first called, by a fast compiler (Liftoff), and by the best one
 * (TurboFan) once it has run long enough, beside whatever is measured meanwhile. The runtime
 * function that V8's own tests use compiles it at once, in this thread. Flags that do the same to
 * all modules (--no-liftoff) must not change while others are being compiled, and Node's own
 * modules are, by threads of V8's: a failed check in one of them ended one trial of some hundred.
 */
import { withNatives } from "@iopath/native";

/** `%IsTurboFanFunction()` confirms it in the tests. */
export function compileAtBest<F extends (count: number) => number>(exported: F): F {
  withNatives("%WasmTierUpFunction(f)")(exported);
  return exported;
}

/** (func (drop (v128.const 0))): a module that an engine without SIMD does not accept. */
const vectorModule = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0],
  ...[10, 23, 1, 21, 0, 0xfd, 12, ...Array<number>(16).fill(0), 0x1a, 0x0b],
);

export const hasSimd = WebAssembly.validate(vectorModule);
