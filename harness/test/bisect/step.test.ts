import { describe, expect, it } from "vitest";
import { judgeStep, problemOfFigures, StepStatus } from "../../src/bisect/step.ts";

const dearer = { good: 6000, bad: 6800, within: 0.002 };
const cheaper = { good: 6800, bad: 6000, within: 0.002 };

describe("a step of git bisect run", () => {
  it.each([
    [6000, dearer, StepStatus.good],
    [6350, dearer, StepStatus.good],
    [6450, dearer, StepStatus.bad],
    [9000, dearer, StepStatus.bad],
    [6800, cheaper, StepStatus.good],
    [6000, cheaper, StepStatus.bad],
  ])("%d is on the side of the figure that it is nearer to", (figure, known, status) => {
    expect(judgeStep({ figure }, known).status).toBe(status);
  });

  it("is skipped in the middle between them, where the spread would decide", () => {
    expect(judgeStep({ figure: 6405 }, dearer)).toEqual({
      status: 125,
      words: "skipped: in the middle between 6,000 (good) and 6,800 (bad)",
    });
  });

  it("is skipped, with the reason, when there is no figure", () => {
    expect(judgeStep({ problem: "it does not boot" }, dearer)).toEqual({
      status: 125,
      words: "skipped: it does not boot",
    });
  });
});

describe("figures that are to be told apart", () => {
  it("must differ by more than the spread on both sides of their middle", () => {
    expect(problemOfFigures(dearer)).toBeUndefined();
    expect(problemOfFigures({ good: 6000, bad: 6020, within: 0.002 })).toBe(
      "6,000 and 6,020 differ by 0.33 %, and what is within 0.20 % can't be told apart",
    );
  });
});
