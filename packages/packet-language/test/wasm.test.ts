import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constructs, framesFrom } from "./constructs.ts";
import { inWasm } from "./in-wasm.ts";
import { interpret } from "./interpreter.ts";
import { listingOf } from "./sketch.ts";

describe.each([
  ["with vector instructions", true],
  ["without them", false],
])("WebAssembly %s", (_name, simd) => {
  it.each(Object.entries(constructs))("does as the interpreter: %s", (_construct, programs) => {
    fc.assert(
      fc.property(programs, framesFrom(0), (steps, frames) => {
        expect(inWasm(listingOf(steps), simd)(frames)).toEqual(interpret(steps, frames));
      }),
      { numRuns: 150 },
    );
  });
});
