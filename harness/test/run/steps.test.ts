import { describe, expect, it } from "vitest";
import { Outcomes } from "../../src/journal/outcomes.ts";
import { planSteps } from "../../src/run/steps.ts";
import { run } from "../journal-fixture.ts";

const paths = { "tester-only": ["direct"], xdp: ["native"] };

function stepsOf(frameBytes: number[]) {
  const workers = [2]; // not in turns
  const config = [{ ...run.config[0]!, paths, frameBytes, workers, windows: [64], rounds: 1 }];
  const [planned] = planSteps({ outcomes: new Outcomes([]), run: { ...run, config } }, 24);
  return planned!.steps.map((step) =>
    step.kind === "verify" ? [step.kind, step.probes] : [step.kind],
  );
}

describe("a variant's probe", () => {
  it("is a step of its own where there are several cells of it", () => {
    const verify = ["verify", false];
    const trial = ["trial"];
    expect(stepsOf([64, 512])).toEqual([["probe"], verify, verify, trial, trial, trial, trial]);
  });

  it("is left to the verify pass of its only cell", () => {
    expect(stepsOf([64])).toEqual([["verify", true], ["trial"], ["trial"]]);
  });
});
