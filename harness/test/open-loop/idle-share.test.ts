import { describe, expect, it } from "vitest";
import { idleShareOf } from "../../src/open-loop/idle-share.ts";

/** A forwarder whose empty looks take 1 µs. */
const after = { seconds: 0.1, emptySteps: 100_000 };

describe("the time that a forwarder has to spare", () => {
  it("follows from how long an empty look takes, without what lies around the frames", () => {
    // 20 ms before the first frame, and a quarter of the time that frames came.
    const sending = { seconds: 0.22, emptySteps: 20_000 + 50_000 };
    expect(idleShareOf({ sending, after, sendingS: 0.2 })).toBeCloseTo(0.25, 6);
  });

  it("is 0 for a forwarder that always found frames, however many looks were empty before", () => {
    const sending = { seconds: 0.22, emptySteps: 20_000 };
    expect(idleShareOf({ sending, after, sendingS: 0.2 })).toBeCloseTo(0, 6);
  });

  it("is not known where there was no time after the frames", () => {
    const sending = { seconds: 0.2, emptySteps: 100 };
    const short = { seconds: 0.0001, emptySteps: 10 };
    expect(idleShareOf({ sending, after: short, sendingS: 0.2 })).toBeNull();
  });
});
