import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Listing } from "../src/index.ts";
import { constructs, framesFrom } from "./constructs.ts";
import { inJavascript } from "./in-javascript.ts";
import { inWasm } from "./in-wasm.ts";
import { interpret } from "./interpreter.ts";
import { listingOf, type Outcome, type Step } from "./sketch.ts";

type Compiler = (listing: Listing) => (frames: readonly Uint8Array[]) => Outcome;
const compilers: [string, Compiler][] = [
  ["WebAssembly with vector instructions", (listing) => inWasm(listing, true)],
  ["WebAssembly without them", (listing) => inWasm(listing, false)],
  ["JavaScript", inJavascript],
];

describe.each(compilers)("%s", (_name, compile) => {
  it.each(Object.entries(constructs))("does as the interpreter: %s", (_construct, programs) => {
    fc.assert(
      fc.property(programs, framesFrom(0), (steps, frames) => {
        expect(compile(listingOf(steps))(frames)).toEqual(interpret(steps, frames));
      }),
      { numRuns: 300 },
    );
  });

  it("stores a byte of the frame into a half word", () => {
    const u16 = { kind: "u16", at: 0 } as const;
    const steps: Step[] = [
      { step: "atLeast", bytes: 14, reason: 0 },
      { step: "set", field: u16, value: { kind: "u8", at: 0 } },
    ];
    const frames = [Uint8Array.of(7, 127, ...Array<number>(62).fill(0))];
    expect(compile(listingOf(steps))(frames)).toEqual(interpret(steps, frames));
  });
});
