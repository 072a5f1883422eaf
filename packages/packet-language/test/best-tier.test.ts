import { setFlagsFromString } from "node:v8";
import { expect, it } from "vitest";
import { framesOfColumns, newListing, WasmAssembler, wasmBurst } from "../src/index.ts";

setFlagsFromString("--allow-natives-syntax");
// Part of V8's own tests; parsed only now that the flag is set.
const isOptimised = new Function("f", "return %IsTurboFanFunction(f)") as (f: unknown) => boolean;
const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });

it("compiles a burst by V8's best compiler before its first call", () => {
  const listing = newListing({ name: "any", reasons: ["short"] }, (p) => p.atLeast(14, "short"));
  const frames = framesOfColumns(65_536, 4096, 8192);
  const burst = wasmBurst(listing, { memory, frames, counts: 12_288 });
  expect(isOptimised(burst)).toBe(true);
  expect(burst(0)).toBe(0);
  expect(isOptimised(burst)).toBe(true);
});

it("leaves other modules as V8 compiles them", () => {
  const f = new WasmAssembler(1);
  const module = new WebAssembly.Module(f.get(0).constant(7).operate("add").assemble(memory));
  const plain = new WebAssembly.Instance(module, { linear: { memory } }).exports.f;
  expect(isOptimised(plain)).toBe(false);
  expect((plain as (value: number) => number)(1)).toBe(8);
  expect(isOptimised(plain)).toBe(false);
});
