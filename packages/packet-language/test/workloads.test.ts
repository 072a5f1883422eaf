import { describe, expect, it } from "vitest";
import { inJavascript } from "./in-javascript.ts";
import { inWasm } from "./in-wasm.ts";
import { burstsOf, firstDifference, workloads } from "./workloads.ts";
import { wrongListings } from "./wrong-listings.ts";

const framesTried = 20_000;
const seed = Math.floor(Math.random() * 2 ** 31);

describe.each(workloads)(`$name in user space, seed ${seed}`, (workload) => {
  const { listing } = workload;
  const bursts = burstsOf(workload, workload.frames(seed, framesTried));

  it.each([
    ["WebAssembly with vector instructions", inWasm(listing, true)],
    ["WebAssembly without them", inWasm(listing, false)],
    ["JavaScript", inJavascript(listing)],
  ])(`does as the reference in %s on ${framesTried} frames`, (_name, run) => {
    expect(firstDifference(run, bursts)).toBe("");
  });

  it.each(wrongListings(listing))("is found when wrong: %s", (_what, wrong) => {
    expect(firstDifference(inWasm(wrong, true), bursts)).not.toBe("");
  });
});
