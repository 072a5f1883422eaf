import { describe, expect, it } from "vitest";
import { checkConfig, expandMatrix, meanFrameBytes } from "../../src/index.ts";

const config = (fields: object) =>
  checkConfig(
    { paths: { "tester-only": ["direct"] }, frameBytes: [64], windows: [1], ...fields },
    "test",
  );

describe("expandMatrix", () => {
  it("gives one flow when the config names none", () => {
    expect(expandMatrix(config({})).map(({ id }) => id)).toEqual([
      "tester-only/direct/64B/burst64/flows1/window1",
    ]);
  });

  it("gives a cell for each number of flows and each frame size, mixes by their name", () => {
    const cells = expandMatrix(config({ frameBytes: [64, "imix"], flows: [1, 65536] }));
    expect(cells.map(({ id }) => id)).toEqual([
      "tester-only/direct/64B/burst64/flows1/window1",
      "tester-only/direct/64B/burst64/flows65536/window1",
      "tester-only/direct/imix/burst64/flows1/window1",
      "tester-only/direct/imix/burst64/flows65536/window1",
    ]);
  });

  it("takes the mean of a mix for its size: CSIT's 28, 16 and 4 of 48 frames", () => {
    expect(meanFrameBytes("imix")).toBe(Math.round((28 * 64 + 16 * 570 + 4 * 1518) / 48));
  });
});

describe("checkConfig", () => {
  it.each([
    [{ flows: [0] }, /flows\.0/],
    [{ flows: [65_537] }, /flows\.0/],
    [{ frameBytes: ["amix"] }, /frameBytes\.0: a frame size is a whole number of bytes, or imix/],
    [{ frameBytes: [63] }, /frameBytes\.0: a frame has 64 bytes at least/],
  ])("refuses %j", (fields, message) => {
    expect(() => config(fields)).toThrow(message);
  });
});
