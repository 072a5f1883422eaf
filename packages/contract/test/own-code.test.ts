import { describe, expect, it } from "vitest";
import { withOwnCode } from "../src/index.ts";

const ofThisModule = 3;

function makeCounter(step: number): () => number {
  let count = 0;
  return () => {
    count += step;
    return count;
  };
}

describe("code of its own", () => {
  it("does what the function does, each with its own state", () => {
    const [first, second] = [2, 5].map((step) => withOwnCode(makeCounter)(step)) as [
      () => number,
      () => number,
    ];
    expect([first(), first(), second()]).toEqual([2, 4, 5]);
  });

  it("sees no name of its module", () => {
    const leaking = withOwnCode(() => ofThisModule);
    expect(leaking).toThrow(ReferenceError);
  });
});
