import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { expect, it } from "vitest";
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

/** Where they are alike, Node's comparison says so in a hundredth of the time. */
function expectSame(found: Outcome, wanted: Outcome, form: string): void {
  if (!isDeepStrictEqual(found, wanted)) expect(found, form).toEqual(wanted);
}

it.each(Object.entries(constructs))("each form does as the interpreter: %s", (_, programs) => {
  fc.assert(
    fc.property(programs, framesFrom(0), (steps, frames) => {
      const listing = listingOf(steps);
      const wanted = interpret(steps, frames);
      for (const [form, compile] of compilers) expectSame(compile(listing)(frames), wanted, form);
    }),
    { numRuns: 300 },
  );
});

it.each(compilers)("stores a byte of the frame into a half word: %s", (_, compile) => {
  const u16 = { kind: "u16", at: 0 } as const;
  const steps: Step[] = [
    { step: "atLeast", bytes: 14, reason: 0 },
    { step: "set", field: u16, value: { kind: "u8", at: 0 } },
  ];
  const frames = [Uint8Array.of(7, 127, ...Array<number>(62).fill(0))];
  expect(compile(listingOf(steps))(frames)).toEqual(interpret(steps, frames));
});
