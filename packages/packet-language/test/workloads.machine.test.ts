import { describe, expect, it } from "vitest";
import { hooks, inKernel, isTooShortFor } from "./in-kernel.ts";
import { burstsOf, firstDifference, workloads } from "./workloads.ts";
import { wrongListings } from "./wrong-listings.ts";

const framesTried = 20_000;
const seed = Math.floor(Math.random() * 2 ** 31);
const cases = hooks.flatMap((hook) => workloads.map((workload) => ({ hook, workload })));

describe.each(cases)(`$workload.name at the hook of $hook, seed ${seed}`, ({ hook, workload }) => {
  const { listing } = workload;
  const frames = [...workload.frames(seed, framesTried)].filter((one) => !isTooShortFor(hook, one));
  const bursts = burstsOf(workload, frames);

  it(`does as the reference on ${frames.length} of ${framesTried} frames`, () => {
    using program = inKernel(listing, hook);
    expect(firstDifference(program.run, bursts)).toBe("");
  });

  it.each(wrongListings(listing))("is found when wrong: %s", (_what, wrong) => {
    let found: string;
    try {
      using program = inKernel(wrong, hook);
      found = firstDifference(program.run, bursts);
    } catch (error) {
      found = (error as Error).message;
    }
    expect(found).not.toBe("");
  });
});
