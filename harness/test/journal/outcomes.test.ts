import { describe, expect, it } from "vitest";
import { expandMatrix, type TrialResult } from "../../src/index.ts";
import type { JournalEvent } from "../../src/journal/events.ts";
import { Outcomes } from "../../src/journal/outcomes.ts";
import { keyOfEvent, keyOfStep, type SingleStep } from "../../src/journal/step.ts";
import type { MeasuredResult } from "../../src/trial/request.ts";
import { measured, run, verifiedRun } from "../journal-fixture.ts";

const cells = expandMatrix(run.config);
const native = cells.find(({ path }) => path === "xdp")!;
const sibling = cells.filter(({ path }) => path === "xdp")[1]!;
const other = cells.find(({ path }) => path === "kernel-sockets")!;
const trial = (result: TrialResult, round = 0): JournalEvent => ({
  event: "trial",
  cell: native.id,
  round,
  result,
});
const probe = (result: TrialResult, section = 0): JournalEvent => ({
  event: "probe",
  section,
  path: "xdp",
  variant: "native",
  workload: "ipv4-forward",
  result,
});
const skipped: TrialResult = { status: "skipped", missing: "no driver", remedy: "get one" };
const failed: TrialResult = { status: "failed", reason: "killed" };

describe("a cell", () => {
  it.each([
    ["its trial failed", [trial(failed)], true],
    ["its trial was skipped", [trial(skipped)], true],
    ["its trial was measured", [trial(measured([1]))], false],
    ["its verify pass failed", [{ event: "verify", cell: native.id, result: failed }], true],
    ["its variant was skipped", [probe(skipped)], true],
    ["its variant can run", [probe({ status: "supported" })], false],
    ["its variant was skipped in another section", [probe(skipped, 1)], false],
  ] as [string, JournalEvent[], boolean][])("of which %s", (_what, events, isOver) => {
    expect(new Outcomes(events).isOver(native)).toBe(isOver);
    expect(new Outcomes(events).isOver(other)).toBe(false);
  });

  it("is finished, with all others of its variant, when the probe says no", () => {
    const outcomes = new Outcomes([probe(failed)]);
    expect([native, sibling].map((cell) => outcomes.isOver(cell))).toEqual([true, true]);
  });

  it("shows its last trial that was measured", () => {
    const outcomes = new Outcomes([run, trial(measured([1])), trial(measured([2]), 1)]);
    expect(outcomes.latestOf(native)!.samplesNs).toEqual([2]);
    outcomes.add(trial(failed, 2));
    expect(outcomes.latestOf(native)!.samplesNs).toEqual([2]);
    expect(outcomes.latestOf(other)).toBeUndefined();
  });
});

describe("the figures of a cell in turns", () => {
  const launch = (referenceNs: number[]): TrialResult => ({
    ...(measured([1]) as MeasuredResult),
    turns: { costsNs: [50, 50], referenceNs, discarded: 0, clockNs: 40, windowsPerSample: 1 },
  });

  it("are speed-ups, of which a launch whose reference died has none", () => {
    const outcomes = new Outcomes([trial(launch([100, 100])), trial(launch([]), 1)]);
    expect(outcomes.figuresOf(native.id)).toEqual([Math.LN2]);
    expect(outcomes.roundsOf(native.id)).toBe(2);
  });

  it("are costs where there is no reference", () => {
    const outcomes = new Outcomes([trial(launch([])), trial(launch([]), 1)]);
    expect(outcomes.figuresOf(native.id)).toEqual([Math.log(50), Math.log(50)]);
    expect(outcomes.roundsOf(other.id)).toBe(0);
  });
});

describe("a step", () => {
  it("is done once its event is there, and no other step is", () => {
    const steps: SingleStep[] = [
      { kind: "probe", section: 0, path: "xdp", variant: "native", workload: "ipv4-forward" },
      { kind: "probe", section: 1, path: "xdp", variant: "native", workload: "ipv4-forward" },
      { kind: "verify", cell: native, probes: false },
      { kind: "trial", cell: native, round: 0 },
      { kind: "trial", cell: native, round: 1 },
      { kind: "trial", cell: sibling, round: 0 },
    ];
    const event = trial(measured([1]), 1);
    const outcomes = new Outcomes([run, event]);
    expect(steps.map((step) => outcomes.isDone(step))).toEqual([
      ...[false, false, false, false, true, false],
    ]);
    expect(new Set(steps.map(keyOfStep)).size).toBe(steps.length);
  });

  it("has the key of its event", () => {
    const { events } = verifiedRun();
    const keys = events.flatMap((event) => ("result" in event ? keyOfEvent(event) : []));
    expect(new Set(keys).size).toBe(events.length - 1);
    expect(keys).toContain(keyOfStep({ kind: "verify", cell: native, probes: true }));
    expect(keys).toContain(keyOfStep({ kind: "trial", cell: native, round: 1 }));
  });
});

describe("a note", () => {
  it("is counted by its text", () => {
    const noted = { ...measured([1]), note: "no counters" } as TrialResult;
    const outcomes = new Outcomes([trial(noted), trial(noted, 1), trial(measured([1]), 2)]);
    expect([outcomes.timesNoted("no counters"), outcomes.timesNoted("others")]).toEqual([2, 0]);
  });
});
