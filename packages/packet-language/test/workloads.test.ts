import { describe, expect, it } from "vitest";
import { inWasm } from "./in-wasm.ts";
import { burstsOf, firstDifference, workloads } from "./workloads.ts";
import { wrongListings } from "./wrong-listings.ts";

const framesTried = 20_000;
const seed = Math.floor(Math.random() * 2 ** 31);

describe.each(workloads)(`$name in WebAssembly, seed ${seed}`, (workload) => {
  const { listing } = workload;
  const bursts = burstsOf(workload, workload.frames(seed, framesTried));

  it.each([
    ["with vector instructions", true],
    ["without them", false],
  ])(`does as the reference %s on ${framesTried} frames`, (_name, simd) => {
    expect(firstDifference(inWasm(listing, simd), bursts)).toBe("");
  });

  it.each(wrongListings(listing))("is found when wrong: %s", (_what, wrong) => {
    expect(firstDifference(inWasm(wrong, true), bursts)).not.toBe("");
  });
});
